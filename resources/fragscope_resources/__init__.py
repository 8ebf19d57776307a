"""What FragScope ships besides code: sample photos and in-app texts."""
