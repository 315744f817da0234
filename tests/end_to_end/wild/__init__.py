"""Random walks of everything that trades (account, position managers, limiter, database) on the real exchange core."""
