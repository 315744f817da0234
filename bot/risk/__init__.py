"""Sizing, stops and limits: pure."""
