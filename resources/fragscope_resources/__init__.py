"""What FragScope ships besides code: sample photos."""
