"""Pykka shells around the cores, and the wiring of the whole bot."""
