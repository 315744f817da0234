"""Where stops and targets stand and how they move: pure."""
