"""The simulated Bybit."""
