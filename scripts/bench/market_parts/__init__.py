"""The sections of scripts/bench/market.py."""
