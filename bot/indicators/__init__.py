"""Indicators: one definition each, fed one bar at a time."""
