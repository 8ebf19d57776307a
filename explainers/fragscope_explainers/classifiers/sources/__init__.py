"""Where models come from: one module a kind, each with `find(spec, order) -> Found`."""
