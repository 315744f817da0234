"""One plain class per actor: what it decides, with no thread, clock, socket or file."""
