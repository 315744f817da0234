"""Pyrmethus: a multi-symbol trading bot for Bybit V5."""

__version__ = "0.1.0"
