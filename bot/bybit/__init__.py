"""Bybit V5 through unmodified pybit: calls, streams, parsing."""
