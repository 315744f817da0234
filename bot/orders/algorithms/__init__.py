"""Entries in several orders: each kind is a pure step from what is known to what to do next."""
