"""The bot replayed on one thread under virtual time."""
