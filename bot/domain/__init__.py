"""Values and messages that every other package speaks in."""
