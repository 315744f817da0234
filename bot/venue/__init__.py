"""What stands between the configuration and the simulated exchange, for the live bot and for the replay."""
