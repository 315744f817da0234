"""Only whole, ordered, confirmed bars reach the analyzer."""

from bot.core.market_data import CHECK_AFTER_MS, CHECK_SPREAD_MS, MarketDataCore
from bot.domain.messages import (
    ActorReady,
    BarClosed,
    CandleHistory,
    CandlesLoaded,
    CandleUpdate,
    FetchCandles,
    HigherBar,
    HigherHistory,
    MarketDataIssue,
    Message,
    PublicStreamUp,
    QuoteChanged,
    RequestFailed,
    TickerUpdate,
    TimePassed,
    WakeAt,
)
from bot.domain.values import Address, Candle, Symbol, TimeMs
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
    assert core.handle(closed(bar(1)), LATER) == (BarClosed(BTC, bar(1), TimeMs(NOW + 2 * MINUTE_MS)),)


def test_a_late_clock_does_not_make_confirmed_bars_wait() -> None:
    core = started()
    too_early = TimeMs(NOW + 5 * MINUTE_MS)
    core.handle(closed(bar(5)), too_early)
    out = core.handle(CandleHistory(BTC, "1", tuple(bar(i) for i in range(6))), too_early)
    assert out == (CandlesLoaded(BTC, tuple(bar(i) for i in range(6))),)
    assert _kinds(core.handle(closed(bar(6)), too_early)) == [BarClosed]


def test_the_next_bar_closes() -> None:
    out = started().handle(closed(bar(3)), LATER)
    assert out == (BarClosed(BTC, bar(3), TimeMs(NOW + 4 * MINUTE_MS)),)


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


def test_an_answer_that_ends_before_the_gap_is_not_believed_at_once() -> None:
    core = started()
    core.handle(closed(bar(4)), LATER)
    (alarm,) = core.handle(CandleHistory(BTC, "1", (bar(0), bar(1), bar(2))), LATER)  # 3 is not in it yet
    assert isinstance(alarm, WakeAt)
    assert not core.handle(closed(bar(5)), LATER)
    assert core.handle(TimePassed(alarm.to, alarm.at_ms), alarm.at_ms) == [FetchCandles(BTC, "1", 51)]
    (loaded,) = core.handle(CandleHistory(BTC, "1", tuple(bar(i) for i in range(5))), alarm.at_ms)
    assert loaded == CandlesLoaded(BTC, tuple(bar(i) for i in range(6)))


def test_it_is_believed_when_it_is_given_again() -> None:
    core = started()
    core.handle(closed(bar(4)), LATER)
    old = CandleHistory(BTC, "1", (bar(0), bar(1), bar(2)))
    (alarm,) = core.handle(old, LATER)
    assert isinstance(alarm, WakeAt)
    core.handle(TimePassed(alarm.to, alarm.at_ms), alarm.at_ms)
    assert core.handle(old, alarm.at_ms) == (CandlesLoaded(BTC, (bar(4),)),)
    assert _kinds(core.handle(closed(bar(5)), alarm.at_ms)) == [BarClosed]


def test_a_bar_of_another_time_does_not_blind_it() -> None:
    core = started()
    at_ms = TimeMs(NOW + 4 * MINUTE_MS)
    assert _kinds(core.handle(closed(bar(10**6)), at_ms)) == [MarketDataIssue]
    assert _kinds(core.handle(closed(bar(3)), at_ms)) == [BarClosed]


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


def test_a_stream_of_forming_bars_decides_nothing() -> None:
    core = started()
    forming = [CandleUpdate(BTC, "1", bar(3, close=90.0 + i), confirmed=False) for i in range(50)]
    assert [message for each in forming for message in core.handle(each, LATER)] == []
    assert core.handle(closed(bar(3)), LATER) == (BarClosed(BTC, bar(3), TimeMs(NOW + 4 * MINUTE_MS)),)


def test_an_older_bar_that_is_rewritten_makes_it_start_afresh() -> None:
    core = started()
    assert _kinds(core.handle(closed(bar(1, close=150.0)), LATER)) == [MarketDataIssue, FetchCandles]


def test_a_bar_that_is_never_closed_is_read_by_rest_once_the_next_one_forms() -> None:
    core = started()
    next_forms = CandleUpdate(BTC, "1", bar(4), confirmed=False)
    begun = TimeMs(NOW + 4 * MINUTE_MS + 100)
    (alarm,) = core.handle(next_forms, begun)
    assert isinstance(alarm, WakeAt)
    assert not core.handle(next_forms, TimeMs(begun + 500))
    assert _kinds(core.handle(TimePassed(alarm.to, alarm.at_ms), alarm.at_ms)) == [MarketDataIssue, FetchCandles]
    (loaded,) = core.handle(CandleHistory(BTC, "1", tuple(bar(i) for i in range(5))), LATER)
    assert loaded == CandlesLoaded(BTC, tuple(bar(i) for i in range(4)))
    assert _kinds(core.handle(closed(bar(4)), LATER)) == [BarClosed]


def test_a_bar_that_is_closed_a_little_late_is_just_late() -> None:
    core = started()
    begun = TimeMs(NOW + 4 * MINUTE_MS + 100)
    (alarm,) = core.handle(CandleUpdate(BTC, "1", bar(4), confirmed=False), begun)
    assert isinstance(alarm, WakeAt)
    assert _kinds(core.handle(closed(bar(3)), TimeMs(begun + 300))) == [BarClosed]
    assert core.handle(TimePassed(alarm.to, alarm.at_ms), alarm.at_ms) == []


def test_after_a_failure_only_what_failed_is_asked_for_again() -> None:
    core = MarketDataCore(BTC, "1", 50, higher_bars={"5": 20})
    base, higher = core.handle(PublicStreamUp(NOW), NOW)
    assert (base, higher) == (FetchCandles(BTC, "1", 51), FetchCandles(BTC, "5", 21))
    assert isinstance(higher, FetchCandles)
    assert not core.handle(CandleHistory(BTC, "1", (bar(-1),)), NOW)
    (alarm,) = core.handle(RequestFailed(Address("market_data/BTCUSDT"), higher, 10016, "down", transient=True), NOW)
    assert isinstance(alarm, WakeAt)
    assert core.handle(TimePassed(alarm.to, alarm.at_ms), alarm.at_ms) == [higher]
    loaded, _ready = core.handle(CandleHistory(BTC, "5", ()), alarm.at_ms)
    assert isinstance(loaded, CandlesLoaded)
    assert loaded.candles == (bar(-1),)


FIVE = TimeMs(NOW - NOW % 300_000 + 300_000)


def of_five(index: int) -> Candle:
    """The ``index``-th minute of a five-minute bar."""
    return bar((FIVE - NOW) // MINUTE_MS + index, close=100.0 + index)


def with_higher() -> MarketDataCore:
    """Three minutes of a five-minute bar are over, and the one before is known."""
    core = MarketDataCore(BTC, "1", 3, higher_bars={"5": 10})
    begun = TimeMs(FIVE + 3 * MINUTE_MS)
    assert core.handle(PublicStreamUp(begun), begun) == [FetchCandles(BTC, "1", 6), FetchCandles(BTC, "5", 11)]
    before = Candle(TimeMs(FIVE - 300_000), 90.0, 110.0, 80.0, 100.0, 50.0)
    forming = Candle(FIVE, 100.0, 103.0, 99.0, 102.0, 30.0)
    core.handle(CandleHistory(BTC, "5", (before, forming)), begun)
    loaded, _ready = core.handle(CandleHistory(BTC, "1", tuple(of_five(i) for i in range(-2, 3))), begun)
    assert loaded == CandlesLoaded(BTC, tuple(of_five(i) for i in range(3)), (HigherHistory("5", (before,)),))
    return core


WHOLE = Candle(FIVE, 100.0, 105.0, 99.0, 104.0, 50.0)


def closed_five(core: MarketDataCore) -> WakeAt:
    """Close the bar; returns the alarm of its check."""
    (third,) = core.handle(closed(of_five(3)), TimeMs(FIVE + 4 * MINUTE_MS))
    assert isinstance(third, BarClosed)
    assert third.higher == ()
    fourth, alarm = core.handle(closed(of_five(4)), TimeMs(FIVE + 5 * MINUTE_MS))
    assert isinstance(fourth, BarClosed)
    assert fourth.higher == (HigherBar("5", WHOLE),)
    assert isinstance(alarm, WakeAt)
    assert CHECK_AFTER_MS <= alarm.at_ms - (FIVE + 5 * MINUTE_MS) < CHECK_AFTER_MS + CHECK_SPREAD_MS
    return alarm


def test_a_higher_bar_closes_with_its_last_base_bar_also_the_one_that_was_half_done_at_the_start() -> None:
    closed_five(with_higher())


def test_a_higher_bar_is_checked_against_the_exchanges_own() -> None:
    core = with_higher()
    alarm = closed_five(core)
    assert core.handle(TimePassed(alarm.to, alarm.at_ms), alarm.at_ms) == [FetchCandles(BTC, "5", 3, is_check=True)]
    assert core.handle(TimePassed(alarm.to, alarm.at_ms), LATER) == []
    assert not core.handle(CandleHistory(BTC, "5", (WHOLE,), is_check=True), alarm.at_ms)
    assert core.handle(TimePassed(alarm.to, alarm.at_ms), alarm.at_ms) == []


def test_a_higher_bar_that_differs_makes_it_start_afresh() -> None:
    core = with_higher()
    alarm = closed_five(core)
    core.handle(TimePassed(alarm.to, alarm.at_ms), alarm.at_ms)
    other = Candle(FIVE, 100.0, 106.0, 99.0, 104.0, 50.0)
    out = core.handle(CandleHistory(BTC, "5", (other,), is_check=True), alarm.at_ms)
    assert _kinds(out) == [MarketDataIssue, FetchCandles, FetchCandles]


def test_a_check_that_fails_is_left_out() -> None:
    core = with_higher()
    check = FetchCandles(BTC, "5", 3, is_check=True)
    failed = RequestFailed(Address("market_data/BTCUSDT"), check, 10016, "down", transient=True)
    assert not core.handle(failed, LATER)


def test_symbols_do_not_check_in_the_same_instant() -> None:
    moments = {
        MarketDataCore(Symbol(f"COIN{number}USDT"), "1", 50, higher_bars={"5": 9})._check_after_ms
        for number in range(300)
    }
    assert len(moments) > 250
