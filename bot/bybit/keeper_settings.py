"""How a stream is watched, and how long to wait before it is connected again."""

import random
from collections.abc import Mapping

import msgspec

CHANGE_GRACE_S = 1.0
"""Whoever waits for other topics is a little more patient than the keeper, which gives the connection up."""


class KeeperSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How a stream is watched; times in seconds.

    Attributes:
        answer_timeout_s: for authentication and for all subscriptions.
        check_every_s: how often to look whether the connection lives. Its end is noticed at once where it shows.
        ping_interval_s, ping_timeout_s: of protocol pings; the timeout must be the shorter one.
        pong_timeout_s: without a pong for this long the connection is given up.
        silence_s: by kind of topic; a topic without news for this long has gone silent. Empty: nobody watches, as in
            lockstep, where the market stands still.
        shortest_pause_s, longest_pause_s: between connections; the pause doubles each time, and varies by half.
        stable_after_s: a connection that lived this long makes the next pause a short one again.
        suspicion_grace_s: a connection this young is not replaced on suspicion: what is missed was missed before it.
    """

    answer_timeout_s: float = 5.0
    check_every_s: float = 1.0
    ping_interval_s: float = 5.0
    ping_timeout_s: float = 4.0
    pong_timeout_s: float = 11.0
    silence_s: Mapping[str, float] = {}
    shortest_pause_s: float = 0.2
    longest_pause_s: float = 5.0
    stable_after_s: float = 10.0
    suspicion_grace_s: float = 3.0


class Pause:
    """Pauses between connections, so that Bybit's limit of 500 in five minutes stays far away."""

    def __init__(self, settings: KeeperSettings) -> None:
        self._settings = settings
        self._next_s = settings.shortest_pause_s
        self._random = random.Random()  # noqa: S311 - spreads the load; nobody may gain from guessing it

    def next_s(self, lived_s: float) -> float:
        """How long to wait after a connection that lived for ``lived_s``."""
        settings = self._settings
        if lived_s >= settings.stable_after_s:
            self._next_s = settings.shortest_pause_s
        pause_s = self._next_s
        self._next_s = min(pause_s * 2, settings.longest_pause_s)
        return pause_s * self._random.uniform(0.5, 1.5)
