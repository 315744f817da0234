"""The whole bot, over the wire, against the simulated exchange."""
