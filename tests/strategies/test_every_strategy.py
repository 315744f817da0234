"""What holds for every strategy that is built in, whatever the market."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from math import inf, isfinite, nan
from pathlib import Path

import pytest

from bot.core.analyzer import AnalyzerCore
from bot.domain.messages import (
    BarClosed,
    BarJudged,
    BookTop,
    Direction,
    Message,
    QuotesWanted,
    SignalRaised,
    TradeFlow,
)
from bot.domain.values import Candle, TimeMs
from bot.strategies.registry import BUILT_IN, built_in, make_strategy
from tests.core.samples import BTC, MINUTE_MS
from tests.strategies.markets import CANDLES, DAY, given, judged, needs_candles, of, position, real, wandering

BAD = CANDLES.parent / "bad_data_samples"
EAGER: Mapping[str, Mapping[str, object]] = {
    "confluence": {"threshold": 0.2, "cooldown_bars": 0, "weights": {"order_book": 1, "higher_timeframes": 0}},
    "regime_momentum": {"use_trades": True, "confidence_min": 0.4, "flow_min": 0, "drawdown_limit_quote": 1e9},
    "funding_carry": {"stretch_atr": 0.2},
    "market_maker": {"volatility_factor": 10, "skew": 5},
}
"""Parameters with which they look at everything and act often."""
FREELY = {"atr_fraction_min": 0.0}
type Row = tuple[float, float, float, float, float]
type Market = Callable[[Candle, int], Iterator[Row]]

SOUND = 1e100
QUOTING = {"grid", "market_maker"}
EVERY = pytest.mark.parametrize("name", list(BUILT_IN))


def eager(name: str) -> dict[str, object]:
    fields = BUILT_IN[name].Parameters.model_fields
    return {**{key: value for key, value in FREELY.items() if key in fields}, **EAGER.get(name, {})}


@cache
def history(name: str) -> tuple[Candle, ...]:
    """As much of an ordinary market as it asks for."""
    wanted = make_strategy(built_in(name, eager(name))).history_bars(MINUTE_MS)
    return tuple(wandering(max(600, min(wanted, 5_000))))


# --- markets that nobody wants to see; each begins at the price of the last bar before it


def flat(last: Candle, count: int) -> Iterator[Row]:
    yield from ((last.close,) * 4 + (10.0,) for _ in range(count))


def without_volume(_last: Candle, count: int) -> Iterator[Row]:
    for bar in wandering(count, seed=3):
        yield bar.open, bar.high, bar.low, bar.close, 0.0


def not_finite(_last: Candle, count: int) -> Iterator[Row]:
    for number, bar in enumerate(wandering(count, seed=3)):
        row = [bar.open, bar.high, bar.low, bar.close, bar.volume]
        if number % 97 == 5:
            row[number % 5] = (nan, inf, -inf)[number % 3]
        yield tuple(row)  # type: ignore[misc]


def jumping(last: Candle, count: int) -> Iterator[Row]:
    for number in range(count):
        price = last.close * (10.0 if number // 40 % 2 else 0.1)
        yield price, price * 1.001, price * 0.999, price, 5.0


def wild(_last: Candle, count: int) -> Iterator[Row]:
    """Bars whose range is far larger than the price at which they close."""
    for bar in wandering(count, seed=4, noise=0.1):
        yield bar.open, bar.open * 9, bar.open * 0.01, bar.close, 5.0


def absurd(_last: Candle, count: int) -> Iterator[Row]:
    rubbish = [
        (100.0, 90.0, 110.0, 100.0, 1.0),
        (-5.0, 5.0, -5.0, 1.0, 1.0),
        (0.0, 0.0, 0.0, 0.0, 0.0),
        (1e308, 1e308, 1e308, 1e308, 1e308),
        (1e-300, 1e-300, 1e-300, 1e-300, 1.0),
        (100.0, 100.0, 100.0, 200.0, 1.0),
        (100.0, 101.0, 99.0, 100.0, -7.0),
    ]
    for number, bar in enumerate(wandering(count, seed=6)):
        ordinary = (bar.open, bar.high, bar.low, bar.close, bar.volume)
        yield rubbish[number % 7] if number % 101 == 3 or count - number < 15 else ordinary


def tiny(_last: Candle, count: int) -> Iterator[Row]:
    for bar in wandering(count, seed=6):
        yield bar.open * 1e-9, bar.high * 1e-9, bar.low * 1e-9, bar.close * 1e-9, bar.volume * 1e12


MARKETS: Sequence[Market] = (
    flat, without_volume, not_finite, jumping, wild, absurd, tiny,
)  # fmt: skip


def bars_from(last: Candle, rows: Iterable[Row]) -> list[Candle]:
    return [Candle(TimeMs(last.start_ms + (number + 1) * MINUTE_MS), *row) for number, row in enumerate(rows)]


def seen(bar: Candle, number: int) -> BarClosed:
    """The bar with a book, trades and a funding rate, where its price can be one."""
    close_ms = TimeMs(bar.start_ms + MINUTE_MS)
    book = flow = None
    if 0 < bar.close < SOUND and number % 11:
        bid, ask = bar.close * 0.9999, bar.close * 1.0001
        book = BookTop(close_ms, bid, 1, ask, 1, 0.0002, 0.0002, bar.close, 0.9 if number % 3 else -0.9, 1, 1)
        flow = TradeFlow(1, 1, 0, 0, 0, 0.8 if number // 50 % 2 else -0.8)
    return BarClosed(BTC, bar, close_ms, (), book, flow, (0.001, -0.001, None)[number // 70 % 3])


def played(name: str, bars: Sequence[Candle], past: Sequence[Candle] | None = None) -> list[Message]:
    """Everything that is said while the bars close, with a position that comes, turns and goes."""
    core: AnalyzerCore = given(name, eager(name), history(name) if past is None else past)
    said: list[Message] = []
    for number, bar in enumerate(bars):
        if number % 60 == 20:
            entry = f"{bar.close:.12f}" if 0 < bar.close < SOUND else "100"
            core.handle(position(("1", "-1", "0")[number // 60 % 3], entry), DAY)
        said += core.handle(seen(bar, number), DAY)
    return said


def check(said: Sequence[Message], bars: Sequence[Candle]) -> None:
    """No number in a wish that can not be one, and a reason for every bar."""
    for signal in of(SignalRaised, said):
        prices = [signal.stop_price, signal.target_price, signal.amount_quote, *(step.price for step in signal.ladder)]
        assert all(price is None or 0 < price < inf for price in prices), signal
        assert all(0 < step.share <= 1 for step in signal.ladder), signal
        assert 0 <= signal.strength <= 1
        assert all(isfinite(value) for _, value in signal.breakdown), signal
        if signal.stop_price is not None and signal.direction is not Direction.FLAT:
            side = 1 if signal.direction is Direction.LONG else -1
            assert (signal.price - signal.stop_price) * side > 0, signal
            assert signal.target_price is None or (signal.target_price - signal.price) * side > 0, signal
    for plan in of(QuotesWanted, said):
        assert all(0 < quote.price < inf and 0 < quote.amount_quote < inf for quote in plan.quotes), plan
        assert 0 < plan.inventory_max_quote < inf
        assert not plan.quotes or 0 < plan.stop_long < plan.price < plan.stop_short < inf, plan
    judgements = of(BarJudged, said)
    assert len(judgements) == len(bars)
    assert all(each.reason for each in judgements)
    assert all(each.ready or each.direction is None for each in judgements)


@EVERY
@pytest.mark.parametrize("market", MARKETS, ids=lambda market: market.__name__)
def test_no_market_makes_it_fail_or_wish_for_what_can_not_be(name: str, market: Market) -> None:
    last = history(name)[-1]
    bars = bars_from(last, market(last, 700))
    check(played(name, bars), bars)


@EVERY
def test_rubbish_in_its_history_does_not_get_into_a_decision(name: str) -> None:
    past = history(name)
    rotten = [*past[:-200], *bars_from(past[-201], absurd(past[-201], 200))]
    bars = bars_from(past[-1], [(bar.open, bar.high, bar.low, bar.close, bar.volume) for bar in wandering(800, seed=7)])
    check(played(name, bars, rotten), bars)


@cache
def recorded_badly(file: Path, count: int) -> tuple[Candle, ...]:
    from pyarrow import parquet

    table = parquet.read_table(file).slice(0, count)
    columns = [table[name].to_pylist() for name in ("timestamp", "open", "high", "low", "close", "volume")]
    return tuple(Candle(*row) for row in zip(*columns, strict=True))


@needs_candles
@EVERY
def test_badly_recorded_markets_do_no_harm(name: str) -> None:
    for file in sorted(BAD.glob("*.parquet")):
        bars = recorded_badly(file, 3_000)
        assert len(bars) > 1_000
        check(played(name, bars[1_500:], bars[:1_500]), bars[1_500:])


@EVERY
def test_the_same_bars_give_the_same_decisions(name: str) -> None:
    bars = bars_from(history(name)[-1], not_finite(history(name)[-1], 400))
    assert [repr(each) for each in played(name, bars)] == [repr(each) for each in played(name, bars)]


@EVERY
def test_bars_that_come_later_change_nothing_and_a_late_start_changes_nothing(name: str) -> None:
    past = list(history(name))
    bars = bars_from(past[-1], [(bar.open, bar.high, bar.low, bar.close, bar.volume) for bar in wandering(300, seed=8)])
    whole = judged(name, eager(name), past, bars)
    assert judged(name, eager(name), past, bars[:150]) == whole[:150]
    assert judged(name, eager(name), [*past, *bars[:150]], bars[150:]) == whole[150:]


@needs_candles
@EVERY
def test_on_real_bars_it_acts_on_both_sides(name: str) -> None:
    bars = real("ETHUSDT", 12_000)
    said = played(name, bars[5_000:], bars[:5_000])
    check(said, bars[5_000:])
    if name in QUOTING:
        sides = {quote.side for plan in of(QuotesWanted, said) for quote in plan.quotes}
    else:
        sides = {signal.direction for signal in of(SignalRaised, said)} - {Direction.FLAT}  # type: ignore[assignment]
    assert len(sides) == 2
