"""A simulated Bybit V5 exchange."""
