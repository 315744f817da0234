"""The confluence strategy: many weak opinions, weighed together."""

from bot.strategies.confluence.strategy import Confluence

__all__ = ["Confluence"]
