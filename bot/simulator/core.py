"""What every exchange core is: its rules and its accounts, whatever moves its market."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Protocol

from bot.simulator.instruments import Status
from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.push import Push
from bot.simulator.routes.call import Answer, Call
from bot.simulator.routes.params import Params, Refused
from bot.simulator.routes.table import ROUTES
from bot.simulator.state import ExchangeState
from bot.simulator.trading.account import Account
from bot.simulator.trading.books import account_books
from bot.simulator.trading.interventions import Interventions
from bot.simulator.trading.margin import Margin
from bot.simulator.trading.memory import remembered

UNKNOWN_PATH = 10017
NOT_AUTHENTICATED = 10003


class Topics(Protocol):
    """The public topics of a market, with a count of who wants them."""

    def subscribe(self, topic: str, category: str) -> bool: ...

    def unsubscribe(self, topic: str, category: str) -> None: ...

    def snapshot(self, topic: str, category: str) -> Push | None: ...


class ExchangeCore(ABC):
    """Accounts, rules and requests of an exchange. Not thread-safe; every call returns at once.

    Subclasses move the market: bars (`Exchange`) or recorded frames (`FrameExchange`).
    """

    def __init__(self, state: ExchangeState, topics: Topics) -> None:
        self._state = state
        self._clock = state.clock
        self._topics = topics
        self._interventions = Interventions(state.accounts, state.markets, state.ledger, state.liquidator, state.outbox)
        self.finished = False

    @property
    def now_ms(self) -> int:
        """Virtual time of the last thing that happened, ms UTC."""
        return self._clock.now_ms

    def request(
        self,
        account: str | None,
        method: str,
        path: str,
        params: Mapping[str, Any],
        now_ms: int,
        past: dict[str, Account] | None = None,
    ) -> tuple[dict[str, Any], Sequence[Push]]:
        """Answer a REST request.

        Args:
            account: who asks; None = nobody has authenticated.
            method: GET or POST.
            path: such as "/v5/order/create".
            params: the query or the JSON body; anything at all may be in it.
            now_ms: virtual time of the request; the market is not moved to it, only the clock.
            past: accounts as `remember` gave them once; a query is then answered as of that moment.

        Returns:
            The V5 envelope and the pushes that the request causes. A bad request is answered with Bybit's
            retCode and changes nothing; it never raises. A path there is none of gives retCode 10017.
        """
        self._pass_time(now_ms)
        route = ROUTES.get((method, path))
        if route is None:
            return self._envelope(UNKNOWN_PATH, "Route not found.", {}), ()
        state = self._state if past is None else self._state_of(past)
        caller = state.accounts.get(account) if account is not None else None
        if route.private and caller is None:
            return self._envelope(NOT_AUTHENTICATED, "API key is invalid.", {}), ()
        try:
            result = route.handler(Call(state, Params(params), caller))
        except Refused as refused:
            return self._envelope(refused.code, refused.message, refused.result), ()
        self._requested()
        if isinstance(result, Answer):
            envelope = self._envelope(0, "OK", result.result) | {"retExtInfo": result.ext_info}
        else:
            envelope = self._envelope(0, "OK", result)
        return envelope, self._state.outbox.drain()

    def remember(self) -> dict[str, Account]:
        """A copy of the accounts as they stand, for the `past` of later queries."""
        return {name: remembered(each) for name, each in self._state.accounts.items()}

    @abstractmethod
    def next_event_ms(self) -> int | None:
        """When the next event happens; None = never."""

    @abstractmethod
    def step(self, limit_ms: int | None = None) -> Sequence[Push]:
        """Let the next event happen that pushes something, unless it happens later than `limit_ms`."""

    @abstractmethod
    def _watch_anew(self) -> None:
        """The levels at which something waits may have changed in the markets that the desk has noted."""

    def _requested(self) -> None:
        """A request has been carried out."""
        self._watch_anew()

    def advance(self, to_ms: int) -> Sequence[Push]:
        """Let everything happen up to `to_ms`, in order, and set the clock to it."""
        pushes: list[Push] = []
        while True:
            more = self.step(to_ms)
            pushes += more
            if not more and (self._clock.now_ms >= to_ms or self.finished):
                return pushes

    def subscribe(self, topic: str, category: str = "linear") -> bool:
        """Note interest in a public topic of a category; False = there is no such topic."""
        return self._topics.subscribe(topic, category)

    def unsubscribe(self, topic: str, category: str = "linear") -> None:
        """Take back one `subscribe`."""
        self._topics.unsubscribe(topic, category)

    def snapshot(self, topic: str, category: str = "linear") -> Push | None:
        """The first frame of a new subscriber, if the topic begins with one."""
        return self._topics.snapshot(topic, category)

    def move_price(self, market_id: str, price: Decimal) -> Sequence[Push]:
        """Let the last price of a market jump now; mark and index jump as far and all go on from there.

        What waits at the prices passed acts one millisecond later. KeyError if there is no such market.
        """
        market = self._state.markets[market_id]
        market.move_price(max(market.ticks_of(price), 1))
        self._state.desk.price_jumped(market)
        return self._market_changed(market)

    def set_status(self, market_id: str, status: Status) -> Sequence[Push]:
        """Halt, delist, pre-launch or reopen a market. KeyError if there is none."""
        market = self._state.markets[market_id]
        market.set_status(status)
        self._state.desk.status_changed(market)
        return self._market_changed(market)

    def replace_rules(
        self, market_id: str, *, tick_size: Decimal | None = None, qty_step: Decimal | None = None
    ) -> Sequence[Push]:
        """Change the tick or the quantity step of a market. KeyError if there is none."""
        market = self._state.markets[market_id]
        tick_size_before = market.instrument.tick_size
        market.replace_rules(tick_size=tick_size, qty_step=qty_step)
        self._state.desk.rules_changed(market, tick_size_before)
        return self._market_changed(market)

    def category_of(self, market_id: str) -> str | None:
        """The category of a market; None = there is none."""
        market = self._state.markets.get(market_id)
        return None if market is None else market.category

    def last_price(self, market_id: str) -> Decimal:
        """The last price of a market, in quote coin."""
        return self._state.markets[market_id].last_price

    def intervene(self, what: Callable[[Interventions], None]) -> Sequence[Push]:
        """Do to accounts what only the venue can. SimulatorError, with nothing changed, if it makes no sense."""
        what(self._interventions)
        self._watch_anew()
        return self._told()

    def dcp_window_s(self, account: str, product: str) -> int | None:
        """After how long without a private stream an account wants its orders cancelled; None = it does not."""
        return self._state.accounts[account].dcp_windows_s.get(product)

    def imbalance(self) -> Mapping[str, Decimal]:
        """What is in the books too much, per coin and per contract: all zero unless there is a bug."""
        return self._state.ledger.house.balance(self._state.accounts.values())

    def insurance(self, coin: str) -> Decimal:
        """What the insurance fund has of a coin."""
        return self._state.ledger.house.insurance[coin]

    def books(self, account: str) -> dict[str, Any]:
        """The exchange's own ledger of an account, ready for JSON."""
        return account_books(self._state.accounts[account], self._clock.now_ms)

    def _market_changed(self, market: SymbolMarket) -> Sequence[Push]:
        """Somebody has changed a market by hand: what was planned in its bar is no longer true."""
        self._state.desk.rewatch(market)
        self._watch_anew()
        return self._told()

    def _told(self) -> Sequence[Push]:
        """What accounts hear of; the public hears of liquidations from the tape."""
        happened = self._state.liquidator.force.happened
        for each in happened:
            each.market.tape.liquidated(each.side, each.qty, each.price)
        happened.clear()
        return self._state.outbox.drain()

    def _state_of(self, past: dict[str, Account]) -> ExchangeState:
        """With margins of their own: what is worked out for accounts of the past is forgotten with them."""
        margin = Margin(self._state.markets, self._state.settings.taker_fee_rate)
        return replace(self._state, accounts=past, margin=margin)

    def _pass_time(self, now_ms: int) -> None:
        """Set the clock for a request, but not past an event that has not happened yet."""
        next_ms = self.next_event_ms() if now_ms > self._clock.now_ms else None
        now_ms = now_ms if next_ms is None else min(now_ms, next_ms)
        if now_ms > self._clock.now_ms:
            self._clock.now_ms, self._clock.opened = now_ms, True

    def _wait_until(self, limit_ms: int) -> Sequence[Push]:
        self._clock.now_ms = max(limit_ms, self._clock.now_ms)
        self._clock.opened = True
        return ()

    def _envelope(self, code: int, message: str, result: dict[str, Any]) -> dict[str, Any]:
        return {
            "retCode": code,
            "retMsg": message,
            "result": result,
            "retExtInfo": {},
            "time": self._clock.now_ms,
        }
