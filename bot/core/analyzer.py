"""What an actor ``analyzer/SYMBOL`` decides: the strategy's signal after each bar."""

from collections.abc import Callable, Sequence
from typing import assert_never

from bot.core.contract import NOTHING
from bot.domain.address import Role, address_of
from bot.domain.contract import is_inverse
from bot.domain.messages import (
    ActorReady,
    BarClosed,
    BarJudged,
    CandlesLoaded,
    ClosesSeen,
    Direction,
    HigherBar,
    Levels,
    MarketMoved,
    Message,
    PositionAsked,
    PositionChanged,
    PriceMarked,
    QuotesWanted,
    SignalRaised,
    Started,
)
from bot.domain.values import Candle, Symbol, TimeMs, interval_ms
from bot.indicators.indicator_set import IndicatorSet
from bot.strategies.base import NO_POSITION, MarketView, PositionView, QuotePlan, Signal, Strategy
from bot.strategies.own_code import ask_own_code, is_users_own, plan_of, signal_of

type Accepted = BarClosed | CandlesLoaded | MarketMoved | PositionChanged | Started

_NOT_READY = Signal(reason="too little history for the indicators")


class AnalyzerCore:
    """Indicators and strategy of one symbol.

    With ``explains`` it also tells what became of every bar, as a record that `why` reads.
    """

    def __init__(
        self,
        symbol: Symbol,
        interval: str,
        make: Callable[[], Strategy],
        *,
        explains: bool = False,
        tells_closes: int = 0,
    ) -> None:
        """With ``tells_closes`` the account is told that many closes at the start, and every one after that."""
        self._symbol = symbol
        self._tells_closes = tells_closes
        self._spread: float | None = None
        self._interval = interval
        self._make = make
        self._explains = explains
        self._view = MarketView(symbol, interval_ms(interval))
        self._begin()
        self._announced = False

    def _begin(self) -> None:
        self._strategy = self._make()
        self._is_own_code = is_users_own(self._strategy)
        self._indicators = IndicatorSet(self._strategy.indicators)
        self._higher = {
            interval: IndicatorSet(members) for interval, members in self._strategy.higher_indicators.items()
        }
        self._view.higher = {}

    def handle(self, message: Accepted, now_ms: TimeMs) -> Sequence[Message]:  # noqa: ARG002 - Core.handle
        """See Core.handle."""
        match message:
            case BarClosed():
                return self._on_bar(message)
            case MarketMoved():
                return self._on_move(message)
            case PositionChanged():
                self._view.position = PositionView(
                    float(message.size),
                    float(message.entry_price),
                    float(message.realised_pnl),
                    float(message.fees),
                    is_inverse(message.symbol),
                )
                return NOTHING
            case CandlesLoaded():
                return self._start_afresh(message)
            case Started():
                return (PositionAsked(self._symbol),)
            case _:
                assert_never(message)

    def _on_bar(self, bar: BarClosed) -> Sequence[Message]:
        view = self._view
        view.book, view.flow, view.funding_rate = bar.book, bar.flow, bar.funding_rate
        self._spread = bar.spread_fraction
        for each in bar.higher:
            self._take_higher(each)
        signal = self._decide() if self._observe(bar.candle, bar.close_ms) else _NOT_READY
        out: list[Message] = []
        if self._tells_closes:
            out.append(ClosesSeen(self._symbol, ((bar.close_ms, bar.candle.close),), is_history=False))
        if view.position.size:
            candle = bar.candle
            levels = self._levels()
            out.append(PriceMarked(self._symbol, bar.close_ms, candle.close, candle.low, candle.high, levels))
        if signal.direction is not None:
            out.append(self._raised(signal.direction, signal))
        if signal.plan is not None:
            out.append(self._quotes(signal.plan, bar.close_ms, bar.candle.close))
        if self._explains:
            out.append(self._judged(signal))
        return out

    def _on_move(self, moved: MarketMoved) -> Sequence[Message]:
        if not self._indicators.ready:
            return NOTHING
        view = self._view
        view.book, view.flow = moved.book, moved.flow
        plan = self._requote()
        return NOTHING if plan is None else (self._quotes(plan, moved.time_ms, moved.book.microprice),)

    def _decide(self) -> Signal:
        if not self._is_own_code:
            return self._strategy.decide(self._view)
        return ask_own_code(self._strategy, self._strategy.decide, self._view, signal_of)

    def _requote(self) -> QuotePlan | None:
        if not self._is_own_code:
            return self._strategy.requote(self._view)
        return ask_own_code(self._strategy, self._strategy.requote, self._view, plan_of)

    def _warm_up(self) -> None:
        if self._is_own_code:
            ask_own_code(self._strategy, self._strategy.warm_up, self._view, lambda _nothing: None)
        else:
            self._strategy.warm_up(self._view)

    def _observe(self, candle: Candle, close_ms: TimeMs) -> bool:
        """Take a bar in; whether the indicators are ready for a decision."""
        self._indicators.update(candle)
        self._view.candle, self._view.close_ms = candle, close_ms
        return self._indicators.ready

    def _take_higher(self, bar: HigherBar) -> None:
        self._view.higher[bar.interval] = bar.candle
        indicators = self._higher.get(bar.interval)
        if indicators is not None:
            indicators.update(bar.candle)

    def _start_afresh(self, loaded: CandlesLoaded) -> Sequence[Message]:
        """Live through the history, higher bars in the order in which they closed.

        The position of now was not there then: a strategy that counts its bars must not see it in the past.
        """
        earlier = self._strategy
        self._begin()
        view = self._view
        held, view.position = view.position, NO_POSITION
        view.book = view.flow = view.funding_rate = None
        waiting = sorted(
            (
                (each.start_ms + interval_ms(history.interval), history.interval, each)
                for history in loaded.higher
                for each in history.candles
            ),
            key=lambda entry: entry[:2],
        )
        position = 0
        for candle in loaded.candles:
            close_ms = TimeMs(candle.start_ms + view.interval_ms)
            while position < len(waiting) and waiting[position][0] <= close_ms:
                _, interval, higher = waiting[position]
                self._take_higher(HigherBar(interval, higher))
                position += 1
            if self._observe(candle, close_ms):
                self._warm_up()
        view.position = held
        told = self._closes(loaded.candles)
        if self._announced:
            self._strategy.take_over(earlier)
            return told
        self._announced = True
        return (
            *told,
            ActorReady(address_of(Role.ANALYZER, self._symbol)),
        )

    def _closes(self, candles: Sequence[Candle]) -> Sequence[Message]:
        if not self._tells_closes:
            return NOTHING
        length_ms = self._view.interval_ms
        closes = tuple((TimeMs(bar.start_ms + length_ms), bar.close) for bar in candles[-self._tells_closes :])
        return (ClosesSeen(self._symbol, closes, is_history=True),)

    def _raised(self, direction: Direction, signal: Signal) -> SignalRaised:
        view = self._view
        return SignalRaised(
            self._symbol,
            self._strategy.name,
            self._interval,
            view.close_ms,
            direction,
            signal.strength,
            view.candle.close,
            signal.stop_price,
            signal.target_price,
            signal.breakdown,
            signal.amount_quote,
            signal.ladder,
            signal.ladder_valid_ms,
            signal.reason,
            signal.entry,
            self._levels(),
            self._spread,
        )

    def _levels(self) -> Levels | None:
        reader = self._strategy.levels
        return None if reader is None else reader.read()

    def _quotes(self, plan: QuotePlan, time_ms: TimeMs, price: float) -> QuotesWanted:
        return QuotesWanted(
            self._symbol,
            self._strategy.name,
            time_ms,
            price,
            plan.quotes,
            plan.inventory_max_quote,
            plan.stop_long,
            plan.stop_short,
        )

    def _judged(self, signal: Signal) -> BarJudged:
        view = self._view
        return BarJudged(
            self._symbol,
            self._strategy.name,
            self._interval,
            view.close_ms,
            view.candle.close,
            self._indicators.ready,
            signal.direction,
            signal.strength,
            signal.score,
            signal.threshold,
            signal.reason,
            signal.breakdown,
        )
