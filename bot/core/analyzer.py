"""What an actor ``analyzer/SYMBOL`` decides: the strategy's signal after each bar."""

from collections.abc import Callable, Sequence
from typing import assert_never

from bot.core.contract import NOTHING
from bot.domain.address import Role, address_of
from bot.domain.messages import ActorReady, BarClosed, CandlesLoaded, Message, SignalRaised, Started
from bot.domain.values import Candle, Symbol, TimeMs
from bot.strategies.base import Decision, MarketView, Strategy

type Accepted = BarClosed | CandlesLoaded | Started


class AnalyzerCore:
    """Indicators and strategy of one symbol."""

    def __init__(self, symbol: Symbol, interval: str, make: Callable[[], Strategy]) -> None:
        self._symbol = symbol
        self._interval = interval
        self._make = make
        self._strategy = make()
        self._view = MarketView(symbol, Candle(TimeMs(0), 0.0, 0.0, 0.0, 0.0, 0.0))
        self._ready = False
        self._announced = False

    def handle(self, message: Accepted, now_ms: TimeMs) -> Sequence[Message]:  # noqa: ARG002 - Core.handle
        """See Core.handle."""
        match message:
            case BarClosed():
                decision = self._observe(message.candle)
                return NOTHING if decision is None else (self._signal(message, decision),)
            case CandlesLoaded():
                return self._start_afresh(message.candles)
            case Started():
                return NOTHING
            case _:
                assert_never(message)

    def _observe(self, candle: Candle) -> Decision | None:
        strategy = self._strategy
        for indicator in strategy.indicators:
            indicator.update(candle)
        if not self._ready:
            self._ready = all(indicator.ready for indicator in strategy.indicators)
            if not self._ready:
                return None
        self._view.candle = candle
        return strategy.decide(self._view)

    def _start_afresh(self, candles: Sequence[Candle]) -> Sequence[Message]:
        self._strategy = self._make()
        self._ready = False
        for candle in candles:
            self._observe(candle)
        if self._announced:
            return NOTHING
        self._announced = True
        return (ActorReady(address_of(Role.ANALYZER, self._symbol)),)

    def _signal(self, bar: BarClosed, decision: Decision) -> SignalRaised:
        return SignalRaised(
            self._symbol,
            self._strategy.name,
            self._interval,
            bar.close_ms,
            decision.direction,
            decision.strength,
            bar.candle.close,
            decision.stop_price,
            decision.target_price,
            decision.breakdown,
        )
