"""Disconnection protection: orders of a client that has lost its private stream do not stay (Bybit V5 docs, DCP)."""

import asyncio
from collections.abc import Iterable
from typing import Final

from bot.simulator.server.connections import Channel
from bot.simulator.server.venue import Venue
from bot.simulator.trading.interventions import Interventions

CATEGORIES: Final = {"dcp.future": ("linear", "inverse"), "dcp.spot": ("spot",)}
PRODUCTS: Final = {"dcp.future": "DERIVATIVES", "dcp.spot": "SPOT"}


class DeadManSwitch:
    """Cancels an account's orders when its last stream with a dcp topic has been gone for as long as the account asked.

    It does nothing for an account that has not set a window. The window is of the wall clock, like the stream.
    Belongs to the asyncio loop.
    """

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._timers: dict[Channel, asyncio.TimerHandle] = {}

    def back(self, channels: Iterable[Channel]) -> None:
        """A client has subscribed: what was about to happen does not."""
        for channel in channels:
            timer = self._timers.pop(channel, None)
            if timer is not None:
                timer.cancel()

    def gone(self, channels: Iterable[Channel]) -> None:
        """A connection has left these channels."""
        for channel in channels:
            if channel.topic not in PRODUCTS or channel.account is None or self._venue.connections.wanted(channel):
                continue
            window_s = self._venue.exchange.dcp_window_s(channel.account, PRODUCTS[channel.topic])
            if window_s is not None and channel not in self._timers:
                loop = asyncio.get_running_loop()
                self._timers[channel] = loop.call_later(window_s, self._strike, channel)

    def _strike(self, channel: Channel) -> None:
        del self._timers[channel]
        account = channel.account or ""
        for category in CATEGORIES[channel.topic]:
            self._cancel(account, category)

    def _cancel(self, account: str, category: str) -> None:
        def cancel(venue: Interventions) -> None:
            venue.cancel_orders(account, category, "CancelByDCP")

        self._venue.act(lambda exchange: exchange.intervene(cancel))
