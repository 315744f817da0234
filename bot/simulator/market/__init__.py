"""The market of each symbol: its price at any moment, its candles, its book, its public topics."""
