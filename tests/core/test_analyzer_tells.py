"""What an analyzer tells the account beside its signals: closes, where they are wanted, and the spread."""

from bot.core.analyzer import AnalyzerCore
from bot.domain.messages import BarClosed, CandlesLoaded, ClosesSeen, Message, SignalRaised
from bot.domain.values import TimeMs
from bot.strategies.registry import built_in, make_strategy
from tests.core.samples import BTC, MINUTE_MS
from tests.strategies.test_ema_cross import LOOSE, wave

BARS = wave(200)
KNOWN = 100
"""So many of them are history."""


def told(tells_closes: int, spread: float | None = None) -> list[list[Message]]:
    """What follows from the history, and from each bar after it."""
    core = AnalyzerCore(BTC, "1", lambda: make_strategy(built_in("ema_cross", LOOSE)), tells_closes=tells_closes)
    out = [list(core.handle(CandlesLoaded(BTC, tuple(BARS[:KNOWN])), BARS[KNOWN].start_ms))]
    for candle in BARS[KNOWN:]:
        close_ms = TimeMs(candle.start_ms + MINUTE_MS)
        out.append(list(core.handle(BarClosed(BTC, candle, close_ms, spread_fraction=spread), close_ms)))
    return out


def test_closes_are_told_only_where_they_are_wanted() -> None:
    assert not [each for out in told(0) for each in out if isinstance(each, ClosesSeen)]


def test_the_newest_of_the_history_is_told_and_then_each_close_ahead_of_the_signal() -> None:
    history, *later = told(2)
    newest = tuple((TimeMs(bar.start_ms + MINUTE_MS), bar.close) for bar in BARS[KNOWN - 2 : KNOWN])
    assert history[0] == ClosesSeen(BTC, newest, is_history=True)
    for out, candle in zip(later, BARS[KNOWN:], strict=True):
        close = (TimeMs(candle.start_ms + MINUTE_MS), candle.close)
        assert out[0] == ClosesSeen(BTC, (close,), is_history=False)
    assert any(isinstance(out[-1], SignalRaised) for out in later)


def test_a_signal_carries_the_spread_of_its_bar() -> None:
    raised = [each for out in told(0, 0.0004) for each in out if isinstance(each, SignalRaised)]
    assert {each.spread_fraction for each in raised} == {0.0004}
    assert {each.spread_fraction for out in told(0) for each in out if isinstance(each, SignalRaised)} == {None}
