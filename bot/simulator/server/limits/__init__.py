"""How often a client may come: pure counting, the wall clock is always an argument."""
