"""Every call and every stream of Bybit V5 that the bot or a person may need, typed."""

from bot.bybit.client.client import Client
from bot.bybit.client.errors import CallError

__all__ = ["CallError", "Client"]
