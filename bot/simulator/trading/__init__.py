"""Orders, positions and money."""
