"""Bybit's V5 JSON, as decoded into dicts, to the bot's messages."""

from bot.bybit.parse.fields import ParseError
from bot.bybit.parse.frame import parse_frame

__all__ = ["ParseError", "parse_frame"]
