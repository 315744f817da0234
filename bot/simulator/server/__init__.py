"""Everything of the simulated exchange that has a socket: its doors, keys, limits, faults and pacing."""
