"""Requests of the bot to the exchange core, some of which are lost, refused, answered by nobody, or arrive late."""

from collections import deque
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from bot.backtest.exchange_session import PATHS
from bot.bybit.session import Answer, NoAnswer, Reply
from bot.bybit.worker import ExchangeWorkerCore
from bot.domain.contract import Category
from bot.domain.messages import ExecuteRequest, Message, Started
from bot.domain.values import TimeMs
from bot.simulator.exchange import Exchange
from bot.simulator.push import Push
from bot.venue.simulator_settings import ACCOUNT

ORDER_METHODS = frozenset({"place_order", "amend_order", "cancel_order", "cancel_all_orders", "set_trading_stop"})
TOPICS = ("order", "execution", "position", "wallet")
LATE_MS = 4_500
"""A request that is on its way for longer is refused: its signature has run out."""
BY_CHANCE = ((10006, "Too many visits!"), (10016, "Server error"), (110007, "ab not enough for new order"))


class WildSession:
    """See VenueSession. What it says may be lost; what the exchange does it does."""

    def __init__(self, exchange: Exchange, random: Random) -> None:
        self._exchange = exchange
        self._random = random
        self.is_wild = False
        self.now_ms = TimeMs(exchange.now_ms)
        self.pushes: dict[str, deque[Push]] = {topic: deque() for topic in TOPICS}
        self.refused: list[tuple[str, int, str, Mapping[str, Any]]] = []
        """Every request of an order that the exchange itself did not take."""
        self.placed: list[Mapping[str, Any]] = []
        self.late: list[tuple[int, str, Mapping[str, Any]]] = []

    def call(self, method: str, params: Mapping[str, Any]) -> Reply:
        """See VenueSession.call."""
        if not self.is_wild or self._random.random() > (0.2 if method in ORDER_METHODS else 0.08):
            return self._do(method, params)
        if method not in ORDER_METHODS:
            return NoAnswer("lost")
        fate = self._random.randrange(4)
        if fate == 0:
            self._do(method, params)
            return NoAnswer("the reply was lost")
        if fate == 1:
            self.late.append((self.now_ms + self._random.randrange(LATE_MS), method, params))
            return NoAnswer("a timeout")
        if fate == 2:
            return NoAnswer("the request was lost")
        code, text = self._random.choice(BY_CHANCE)
        return Answer(code, text, {})

    def arrive(self, now_ms: int) -> None:
        """Requests that were on their way for long reach the exchange."""
        due = [each for each in self.late if each[0] <= now_ms]
        self.late = [each for each in self.late if each[0] > now_ms]
        for _, method, params in due:
            self._do(method, params)

    def _do(self, method: str, params: Mapping[str, Any]) -> Answer:
        verb, path = PATHS[method]
        envelope, pushes = self._exchange.request(ACCOUNT, verb, path, params, self.now_ms)
        self.take(pushes)
        if method in ORDER_METHODS and envelope["retCode"]:
            self.refused.append((method, envelope["retCode"], envelope["retMsg"], dict(params)))
        elif method == "place_order":
            self.placed.append(dict(params))
        return Answer(envelope["retCode"], envelope["retMsg"], envelope["result"], None)

    def take(self, pushes: Sequence[Push]) -> None:
        """Put what the exchange tells on the streams."""
        for push in pushes:
            if push.topic in self.pushes:
                self.pushes[push.topic].append(push)


class WildWorker:
    """The exchange worker; what it has to say may take a while."""

    def __init__(
        self,
        number: int,
        session: WildSession,
        random: Random,
        waiting: deque[Sequence[Message]],
        category: Category,
    ) -> None:
        self._session = session
        self._core = ExchangeWorkerCore(number, session, category)
        self._random = random
        self._waiting = waiting

    def handle(self, message: ExecuteRequest | Started, now_ms: TimeMs) -> Sequence[Message]:
        """See Core.handle."""
        self._session.now_ms = now_ms
        out = self._core.handle(message, now_ms)
        if self._session.is_wild and isinstance(message, ExecuteRequest) and self._random.random() < 0.5:
            self._waiting.append(out)
            return ()
        return out
