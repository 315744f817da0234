"""Market data beside the simulated exchange itself: what it makes of the market is what the exchange has."""

from collections.abc import Sequence
from itertools import pairwise

import pytest

from bot.backtest.exchange_session import ExchangeSession, InProcessWorker, messages_of
from bot.backtest.replay_feed import ReplayFeed
from bot.core.market_data import MarketDataCore
from bot.domain.messages import (
    BarClosed,
    CandleHistory,
    CandlesLoaded,
    ExecuteRequest,
    FetchCandles,
    FetchInstrument,
    MarketDataIssue,
    MarketMoved,
    Message,
    PublicStreamUp,
    ResubscribeWanted,
    TimePassed,
    WakeAt,
    WorkerIdle,
)
from bot.domain.values import Candle, Symbol, TimeMs
from bot.market.higher_candles import is_same
from bot.market.needs import MarketNeeds
from bot.simulator.build import make_bar_exchange
from bot.simulator.exchange import Exchange
from bot.simulator.settings import SimulatorSettings

BTC = Symbol("BTCUSDT")
MINUTE_MS = 60_000
NEEDS = MarketNeeds(book_depth=50, trades=True, ticker=True, moves_every_ms=5_000)
HIGHER = {"5": 30, "15": 20, "60": 10}


class Market:
    """The core, an exchange, and everything between them on one thread."""

    def __init__(self, needs: MarketNeeds = NEEDS, *, skip_minutes: int = 0, losing: str = "") -> None:
        """``losing``: the first delta of a topic that begins so is lost on the way."""
        settings = SimulatorSettings(
            symbols=(BTC,), speed="lockstep", detail=needs.inside_bars, detail_step_ms=20_000, seed=5
        )
        self.exchange: Exchange = make_bar_exchange(settings)
        self.exchange.advance(self.exchange.now_ms + skip_minutes * MINUTE_MS)
        self.core = MarketDataCore(BTC, "1", 20, needs, HIGHER)
        self._worker = InProcessWorker(ExchangeSession(self.exchange, "main"))
        self._feed = ReplayFeed(self.exchange, lambda symbol: needs.topics(symbol, "1"))
        self._losing = losing
        self._alarms: set[TimeMs] = set()
        self.out: list[Message] = []
        first = self._feed.subscribe(BTC, self.now_ms)
        self.hear([*first, PublicStreamUp(self.now_ms)])
        if needs.book_depth:
            self.hear(self.ask(FetchInstrument(BTC)))

    @property
    def now_ms(self) -> TimeMs:
        return TimeMs(self.exchange.now_ms)

    def ask(self, request: FetchCandles | FetchInstrument) -> Sequence[Message]:
        answers = self._worker.handle(ExecuteRequest(0, request), self.now_ms)
        return [answer for answer in answers if not isinstance(answer, WorkerIdle)]

    def hear(self, messages: Sequence[Message]) -> None:
        """Let the core hear messages, and do what it then wants."""
        for message in messages:
            for wanted in self.core.handle(message, self.now_ms):  # type: ignore[arg-type]  # what is routed to it
                self.out.append(wanted)
                if isinstance(wanted, FetchCandles | FetchInstrument):
                    self.hear(self.ask(wanted))
                elif isinstance(wanted, ResubscribeWanted):
                    self.hear(self._feed.handle(wanted, self.now_ms))
                elif isinstance(wanted, WakeAt):
                    self._alarms.add(wanted.at_ms)

    def play(self, bars: int) -> Sequence[BarClosed]:
        """Until so many bars have closed."""
        while len(self.all(BarClosed)) < bars:
            alarm_ms = min(self._alarms, default=None)
            for push in self.exchange.step(alarm_ms):
                if self._losing and push.topic.startswith(self._losing) and push.frame()["type"] == "delta":
                    self._losing = ""
                    continue
                self.hear(messages_of(push, self.now_ms))
            if alarm_ms is not None and self.now_ms >= alarm_ms:
                self._alarms.discard(alarm_ms)
                self.hear([TimePassed(self.core._address, self.now_ms)])
        return self.all(BarClosed)

    def all[M: Message](self, kind: type[M]) -> list[M]:
        return [message for message in self.out if isinstance(message, kind)]

    def read(self, interval: str, limit: int) -> dict[int, Candle]:
        (history,) = self.ask(FetchCandles(BTC, interval, limit))
        assert isinstance(history, CandleHistory)
        return {bar.start_ms: bar for bar in history.candles}


@pytest.mark.parametrize("skip_minutes", [0, 37])
def test_higher_bars_are_the_exchanges_own_from_wherever_it_starts(skip_minutes: int) -> None:
    market = Market(MarketNeeds(), skip_minutes=skip_minutes)
    bars = market.play(200)
    for interval in HIGHER:
        own = market.read(interval, 300)
        made = [higher.candle for bar in bars for higher in bar.higher if higher.interval == interval]
        loaded = [history for history in market.all(CandlesLoaded)[0].higher if history.interval == interval]
        joined = [*loaded[0].candles, *made]
        assert len(made) >= 200 // int(interval) - 1
        assert all(later.start_ms - bar.start_ms == int(interval) * MINUTE_MS for bar, later in pairwise(joined))
        assert all(is_same(bar, own[bar.start_ms]) for bar in made)
    checks = [wanted for wanted in market.all(FetchCandles) if wanted.is_check]
    assert len(checks) >= 200 // 5 - 1
    assert market.all(MarketDataIssue) == []
    assert len(market.all(CandlesLoaded)) == 1


def test_every_bar_has_a_fresh_book_the_trades_and_the_funding_rate() -> None:
    market = Market()
    bars = market.play(30)
    for bar in bars:
        assert bar.book is not None
        assert bar.flow is not None
        assert bar.book.bid_price < bar.book.ask_price
        assert abs(bar.book.bid_price / bar.candle.close - 1) < 0.01
        assert bar.flow.buy_volume + bar.flow.sell_volume > 0
        assert bar.funding_rate is not None
    moves = market.all(MarketMoved)
    assert len(moves) > 30
    assert all(later.time_ms - move.time_ms >= 5_000 for move, later in pairwise(moves))
    assert market.all(MarketDataIssue) == []
    assert market.all(ResubscribeWanted) == []


def test_a_lost_book_frame_costs_one_subscription_and_no_bar_is_decided_on_a_broken_book() -> None:
    market = Market(losing="orderbook.")
    bars = market.play(5)
    assert market.all(ResubscribeWanted) == [ResubscribeWanted(BTC, "orderbook.50.BTCUSDT")]
    assert [issue.text for issue in market.all(MarketDataIssue)] == [
        "the order book can not be used (updates are missing): asking for a new one"
    ]
    assert all(bar.book is not None for bar in bars)  # healed before the bar closed


def test_a_bar_that_was_half_done_when_the_stream_came_back_counts_only_when_it_is_whole() -> None:
    market = Market(skip_minutes=5)
    market.play(3)
    market.exchange.advance(market.now_ms + MINUTE_MS + MINUTE_MS // 2)  # nothing of this is heard
    half = max(market.read("1", 2).values(), key=lambda bar: bar.start_ms)
    market.hear([PublicStreamUp(market.now_ms)])
    loaded = market.all(CandlesLoaded)[-1]
    assert loaded.candles[-1].start_ms == half.start_ms - MINUTE_MS
    closed = market.play(4)[-1]
    own = market.read("1", 10)
    assert closed.candle == own[half.start_ms]
    assert closed.candle != half
    assert all(bar == own[bar.start_ms] for bar in loaded.candles[-5:])


def test_more_history_than_a_page_holds_is_read_without_a_gap() -> None:
    market = Market(MarketNeeds(), skip_minutes=2_600)
    history = market.read("1", 2_500)
    assert len(history) == 2_500
    assert all(later - start == MINUTE_MS for start, later in pairwise(history))
