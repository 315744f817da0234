"""Candles and other views of the market: pure."""
