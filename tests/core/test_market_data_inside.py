"""Order book, trades and funding rate ride on the bars, and only while they can be trusted."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from bot.core.inside_bars import BOOK_AGE_MAX_MS, RESUBSCRIBE_EVERY_MS, TICK_SIZE_AFTER_MS
from bot.core.market_data import MarketDataCore
from bot.domain.messages import (
    BarClosed,
    BookFrame,
    CandleHistory,
    CandleUpdate,
    FetchInstrument,
    InstrumentLoaded,
    MarketDataIssue,
    MarketMoved,
    Message,
    PublicStreamUp,
    PublicTrade,
    ResubscribeWanted,
    TickerUpdate,
    TimePassed,
    TradesSeen,
    WakeAt,
)
from bot.domain.values import Side, TimeMs
from bot.market.needs import MarketNeeds
from tests.core.samples import BTC, MINUTE_MS, NOW, RULES, bar
from tests.market.book_model import TOPIC, frame, raw

ALL = MarketNeeds(book_depth=50, trades=True, ticker=True, moves_every_ms=1_000)
BIDS, ASKS = (("100.0", "1"),), (("100.2", "3"),)


def at(after_ms: int) -> TimeMs:
    return TimeMs(NOW + after_ms)


def started(needs: MarketNeeds = ALL, *, rules: bool = True) -> MarketDataCore:
    """A core whose next bar is the one that begins at NOW."""
    core = MarketDataCore(BTC, "1", 50, needs)
    core.handle(PublicStreamUp(NOW), NOW)
    if rules:
        core.handle(InstrumentLoaded(BTC, RULES), NOW)
    core.handle(CandleHistory(BTC, "1", (bar(-1),)), NOW)
    return core


def pushed(core: MarketDataCore, kind: str, u: int, after_ms: int, bids: Any = BIDS, asks: Any = ASKS) -> list[Message]:
    return list(core.handle(BookFrame(BTC, raw(frame(kind, u, bids, asks, at(after_ms)))), at(after_ms)))


def close(core: MarketDataCore, index: int) -> list[Message]:
    return list(core.handle(CandleUpdate(BTC, "1", bar(index), confirmed=True), at((index + 1) * MINUTE_MS)))


def trade(number: int, side: Side, after_ms: int) -> PublicTrade:
    return PublicTrade(at(after_ms), f"t{number}", side, 100.0, 2.0)


def kinds(messages: Sequence[Message]) -> list[type[Message]]:
    return [type(message) for message in messages]


def test_a_closed_bar_carries_the_market_as_it_was() -> None:
    core = started()
    pushed(core, "snapshot", 5, 58_000)
    core.handle(TradesSeen(BTC, (trade(1, Side.BUY, 1_000), trade(2, Side.SELL, 60_001))), at(59_000))
    core.handle(TickerUpdate(BTC, at(1), funding_rate=-0.0002), at(1))
    core.handle(TickerUpdate(BTC, at(2), last_price=100.0), at(2))
    (closed,) = close(core, 0)
    assert isinstance(closed, BarClosed)
    assert closed.book is not None
    assert (closed.book.bid_price, closed.book.ask_qty) == (100.0, 3.0)
    assert closed.flow is not None
    assert (closed.flow.buy_volume, closed.flow.sell_volume) == (2.0, 0.0)
    assert closed.funding_rate == -0.0002
    pushed(core, "delta", 6, 119_000)
    (closed,) = close(core, 1)
    assert isinstance(closed, BarClosed)
    assert closed.flow is not None
    assert (closed.flow.buy_volume, closed.flow.sell_volume) == (0.0, 2.0)


def test_a_trade_from_the_future_does_not_stop_the_flow() -> None:
    core = started()
    core.handle(TradesSeen(BTC, (trade(1, Side.BUY, 10**11), trade(2, Side.SELL, 5_000))), at(6_000))
    core.handle(TradesSeen(BTC, (trade(3, Side.SELL, 7_000),)), at(8_000))
    closed = close(core, 0)[0]
    assert isinstance(closed, BarClosed)
    assert closed.flow is not None
    assert (closed.flow.buy_volume, closed.flow.sell_volume) == (0.0, 4.0)
    assert (closed.flow.cumulative_delta, closed.flow.signal) == (-4.0, -1.0)


def test_what_is_not_needed_is_not_there() -> None:
    core = started(MarketNeeds())
    assert pushed(core, "snapshot", 5, 58_000) == []
    core.handle(TradesSeen(BTC, (trade(1, Side.BUY, 1_000),)), at(59_000))
    core.handle(TickerUpdate(BTC, at(1), funding_rate=0.1), at(1))
    assert close(core, 0) == [BarClosed(BTC, bar(0), at(MINUTE_MS))]


def test_a_gap_in_the_book_is_told_once_and_its_topic_subscribed_anew_until_it_heals() -> None:
    core = started()
    pushed(core, "snapshot", 5, 1_000)
    assert kinds(pushed(core, "delta", 7, 2_000)) == [MarketDataIssue, ResubscribeWanted]
    assert pushed(core, "delta", 8, 3_000) == []
    again_ms = 2_000 + RESUBSCRIBE_EVERY_MS
    assert pushed(core, "delta", 9, again_ms) == [ResubscribeWanted(BTC, TOPIC)]
    (closed, *_) = close(core, 0)
    assert isinstance(closed, BarClosed)
    assert closed.book is None
    assert kinds(pushed(core, "snapshot", 20, 119_000)) == [MarketMoved]
    (closed,) = close(core, 1)
    assert isinstance(closed, BarClosed)
    assert closed.book is not None


def test_a_crossed_book_is_not_given_out() -> None:
    core = started()
    assert kinds(pushed(core, "snapshot", 5, 59_000, bids=(("100.3", "1"),))) == [MarketDataIssue, ResubscribeWanted]
    closed = close(core, 0)[0]
    assert isinstance(closed, BarClosed)
    assert closed.book is None


def test_a_stale_book_is_not_given_out_and_subscribed_anew() -> None:
    core = started()
    pushed(core, "snapshot", 5, MINUTE_MS - BOOK_AGE_MAX_MS - 1)
    closed, issue, wanted = close(core, 0)
    assert isinstance(closed, BarClosed)
    assert closed.book is None
    assert isinstance(issue, MarketDataIssue)
    assert "5001 ms" in issue.text
    assert wanted == ResubscribeWanted(BTC, TOPIC)


def test_prices_off_the_grid_make_it_ask_for_the_rules_and_go_on_with_the_new_ticks() -> None:
    core = started()
    odd = (("100.05", "1"),)
    assert kinds(pushed(core, "snapshot", 5, 1_000, bids=odd)) == [MarketDataIssue, ResubscribeWanted, FetchInstrument]
    finer = msgspec.structs.replace(RULES, tick_size=Decimal("0.05"))
    core.handle(InstrumentLoaded(BTC, finer), at(1_500))
    (moved,) = pushed(core, "snapshot", 6, 2_000, bids=odd)
    assert isinstance(moved, MarketMoved)
    assert moved.book.bid_price == 100.05


def test_frames_that_come_before_the_tick_size_are_not_lost() -> None:
    core = started(rules=False)
    assert pushed(core, "snapshot", 5, 100) == [WakeAt(core._address, at(100 + TICK_SIZE_AFTER_MS))]
    assert pushed(core, "delta", 6, 200) == []
    asked = core.handle(TimePassed(core._address, at(2_100)), at(2_100))
    assert FetchInstrument(BTC) in asked
    core.handle(InstrumentLoaded(BTC, RULES), at(2_200))
    assert kinds(pushed(core, "delta", 7, 2_300)) == [MarketMoved]


def test_moves_are_told_no_more_often_than_wanted_and_the_last_one_is_not_lost() -> None:
    core = started()
    (moved,) = pushed(core, "snapshot", 5, 10_000)
    assert isinstance(moved, MarketMoved)
    assert pushed(core, "delta", 6, 10_400) == [WakeAt(core._address, at(11_000))]
    assert pushed(core, "delta", 7, 10_700, bids=(("100.1", "4"),)) == []
    (late,) = core.handle(TimePassed(core._address, at(11_000)), at(11_000))
    assert isinstance(late, MarketMoved)
    assert late.book.bid_price == 100.1
    assert core.handle(TimePassed(core._address, at(12_000)), at(12_000)) == []
    assert kinds(pushed(core, "delta", 8, 12_500)) == [MarketMoved]


def test_an_alarm_for_something_else_tells_no_move() -> None:
    core = MarketDataCore(BTC, "1", 50, ALL)
    core.handle(PublicStreamUp(NOW), NOW)
    assert pushed(core, "snapshot", 5, 100) == [WakeAt(core._address, at(100 + TICK_SIZE_AFTER_MS))]
    core.handle(InstrumentLoaded(BTC, RULES), at(200))
    core.handle(CandleHistory(BTC, "1", (bar(-1),)), at(300))
    assert core.handle(TimePassed(core._address, at(2_100)), at(2_100)) == []
    assert kinds(pushed(core, "delta", 6, 2_200)) == [MarketMoved]


def test_no_moves_while_history_is_read() -> None:
    core = MarketDataCore(BTC, "1", 50, ALL)
    core.handle(InstrumentLoaded(BTC, RULES), NOW)
    assert pushed(core, "snapshot", 5, 10_000) == []


def test_the_flow_of_a_bar_is_not_given_out_if_the_stream_was_away() -> None:
    core = started()
    core.handle(PublicStreamUp(at(30_000)), at(30_000))
    core.handle(CandleHistory(BTC, "1", (bar(-1),)), at(30_000))
    core.handle(TradesSeen(BTC, (trade(1, Side.BUY, 40_000),)), at(40_000))
    first, second = close(core, 0)[0], close(core, 1)[0]
    assert isinstance(first, BarClosed)
    assert isinstance(second, BarClosed)
    assert first.flow is None
    assert second.flow is not None
    assert second.flow.buy_volume == 0.0


def test_a_bar_carries_the_spread_of_the_book_or_of_a_ticker_that_is_not_too_old() -> None:
    core = started(MarketNeeds(ticker=True))
    core.handle(TickerUpdate(BTC, at(1), last_price=100.0, bid_price=99.9, ask_price=100.1), at(1))
    (early,) = close(core, 0)
    core.handle(TickerUpdate(BTC, at(115_000), last_price=100.0), at(115_000))
    (fresh,) = close(core, 1)
    assert isinstance(early, BarClosed)
    assert isinstance(fresh, BarClosed)
    assert early.spread_fraction is None
    assert fresh.spread_fraction == pytest.approx(0.002)
    with_book = started()
    with_book.handle(TickerUpdate(BTC, at(59_000), last_price=1.0, bid_price=1.0, ask_price=2.0), at(59_000))
    pushed(with_book, "snapshot", 5, 59_500)
    closed = close(with_book, 0)[0]
    assert isinstance(closed, BarClosed)
    assert closed.spread_fraction == pytest.approx(0.2 / 100.1)
