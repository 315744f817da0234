"""Other people's clients, unmodified, against the simulated Bybit."""
