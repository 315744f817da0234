"""Only whole, ordered, confirmed bars reach the analyzer."""

from bot.core.market_data import MarketDataCore
from bot.domain.messages import (
    ActorReady,
    BarClosed,
    CandleHistory,
    CandlesLoaded,
    CandleUpdate,
    FetchCandles,
    MarketDataIssue,
    Message,
    PublicStreamUp,
    QuoteChanged,
    TickerUpdate,
)
from bot.domain.values import Candle, TimeMs
from tests.core.samples import BTC, MINUTE_MS, NOW, bar

LATER = TimeMs(NOW + 100 * MINUTE_MS)
THREE = TimeMs(NOW + 3 * MINUTE_MS)


def closed(candle: Candle) -> CandleUpdate:
    return CandleUpdate(BTC, "1", candle, confirmed=True)


def started() -> MarketDataCore:
    """A core that has loaded the bars 0 to 2."""
    core = MarketDataCore(BTC, "1", history_bars=50)
    core.handle(PublicStreamUp(THREE), THREE)
    core.handle(CandleHistory(BTC, "1", (bar(0), bar(1), bar(2))), THREE)
    return core


def test_history_is_asked_for_when_the_stream_comes_up() -> None:
    core = MarketDataCore(BTC, "1", history_bars=50)
    assert core.handle(PublicStreamUp(NOW), NOW) == [FetchCandles(BTC, "1", 51)]


def test_bars_that_close_while_history_loads_are_added_to_it() -> None:
    core = MarketDataCore(BTC, "1", history_bars=50)
    core.handle(PublicStreamUp(NOW), TimeMs(NOW + 2 * MINUTE_MS))
    assert not core.handle(closed(bar(2)), LATER)
    out = core.handle(CandleHistory(BTC, "1", (bar(0), bar(1))), LATER)
    assert out == (CandlesLoaded(BTC, (bar(0), bar(1), bar(2))), ActorReady(out[-1].address))  # type: ignore[attr-defined]


def test_a_bar_that_was_open_when_the_history_was_asked_for_is_left_out() -> None:
    """It may be half a bar, although it is over when the answer comes."""
    core = MarketDataCore(BTC, "1", history_bars=50)
    just_before_the_end = TimeMs(NOW + 2 * MINUTE_MS - 1)
    core.handle(PublicStreamUp(just_before_the_end), just_before_the_end)
    out = core.handle(CandleHistory(BTC, "1", (bar(0), bar(1, close=77.0))), LATER)
    assert out[0] == CandlesLoaded(BTC, (bar(0),))
    assert core.handle(closed(bar(1)), LATER) == [BarClosed(BTC, bar(1), TimeMs(NOW + 2 * MINUTE_MS))]


def test_a_late_clock_does_not_make_confirmed_bars_wait() -> None:
    core = started()
    too_early = TimeMs(NOW + 5 * MINUTE_MS)
    core.handle(closed(bar(5)), too_early)
    out = core.handle(CandleHistory(BTC, "1", tuple(bar(i) for i in range(6))), too_early)
    assert out == (CandlesLoaded(BTC, tuple(bar(i) for i in range(6))),)
    assert _kinds(core.handle(closed(bar(6)), too_early)) == [BarClosed]


def test_the_next_bar_closes() -> None:
    out = started().handle(closed(bar(3)), LATER)
    assert out == [BarClosed(BTC, bar(3), TimeMs(NOW + 4 * MINUTE_MS))]


def test_forming_bars_and_repetitions_lead_to_nothing() -> None:
    core = started()
    assert not core.handle(CandleUpdate(BTC, "1", bar(3), confirmed=False), LATER)
    assert not core.handle(closed(bar(2)), LATER)
    assert not core.handle(closed(bar(1)), LATER)


def _kinds(messages: object) -> list[type[Message]]:
    return [type(message) for message in messages]  # type: ignore[attr-defined]


def test_after_a_gap_the_history_is_read_again_and_nothing_is_decided() -> None:
    core = started()
    assert _kinds(core.handle(closed(bar(5)), LATER)) == [MarketDataIssue, FetchCandles]
    assert not core.handle(closed(bar(6)), LATER)
    out = core.handle(CandleHistory(BTC, "1", tuple(bar(i) for i in range(6))), LATER)
    assert out == (CandlesLoaded(BTC, tuple(bar(i) for i in range(7))),)
    assert _kinds(core.handle(closed(bar(7)), LATER)) == [BarClosed]


def test_no_series_spans_a_gap_that_the_exchange_can_not_fill() -> None:
    core = started()
    core.handle(closed(bar(5)), LATER)
    out = core.handle(CandleHistory(BTC, "1", (bar(0), bar(1), bar(2), bar(4))), LATER)
    assert out == (CandlesLoaded(BTC, (bar(4), bar(5))),)


def test_a_rewritten_bar_makes_the_analyzer_start_afresh_with_the_new_one() -> None:
    core = started()
    assert _kinds(core.handle(closed(bar(2, close=150.0)), LATER)) == [MarketDataIssue, FetchCandles]
    out = core.handle(CandleHistory(BTC, "1", (bar(0), bar(1))), LATER)
    assert out == (CandlesLoaded(BTC, (bar(0), bar(1), bar(2, close=150.0))),)


def test_ticker_fields_that_are_missing_keep_their_value() -> None:
    core = started()
    assert not core.handle(TickerUpdate(BTC, NOW, last_price=100.0, bid_price=99.9), NOW)
    assert core.handle(TickerUpdate(BTC, NOW, ask_price=100.1), NOW) == (QuoteChanged(BTC, NOW, 100.0, 99.9, 100.1),)
    assert core.handle(TickerUpdate(BTC, NOW, last_price=101.0), NOW) == (QuoteChanged(BTC, NOW, 101.0, 99.9, 100.1),)
