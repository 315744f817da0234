"""Strategies: a base class, a registry, and one file per strategy."""
