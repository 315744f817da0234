"""Talking to a bot that runs, from another process of the same user on the same machine."""
