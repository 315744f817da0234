"""Alerts sent through Apprise."""
