"""A market made of public frames of Bybit V5, recorded or live, instead of bars."""
