"""Does a strategy know the future? Decisions must not change when later bars are cut off."""

from collections.abc import Iterator, Sequence
from math import isclose
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from bot.backtest.exchange_session import candle_of
from bot.backtest.replay import Replay
from bot.backtest.run import make_exchange
from bot.config.models import Config
from bot.core.rows import Row
from bot.domain.messages import LedgerLoaded, TradeClosed
from bot.domain.values import Address, Candle, Symbol
from bot.simulator.push import KlinePush
from bot.strategies.base import Signal
from bot.strategies.data_frame import DataFrameStrategy, read_signal
from bot.strategies.registry import make_strategy
from bot.venue.simulator_settings import ACCOUNT

if TYPE_CHECKING:
    from pandas import DataFrame

type Decision = tuple[Symbol, int, Row]
"""Symbol, close of the bar, and everything that was made of it."""

FRAME_SAMPLES = 40
SUMS_DIFFER_BY = 1e-6
DECIDED_IN = frozenset({"judgements", "signals", "entry_answers"})


class Cut(NamedTuple):
    """One comparison: decisions up to ``at_ms``, and the first that was another one with later bars at hand."""

    at_ms: int
    compared: int
    wishes: int
    difference: str | None


class _Decisions:
    """Takes the place of the database and keeps what strategies decided."""

    def __init__(self) -> None:
        self.made: list[Decision] = []

    def put(self, table: str, row: Row) -> None:
        if table in DECIDED_IN:
            self.made.append((Symbol(str(row["symbol"])), int(row["time_ms"] or 0), {"table": table, **row}))

    def put_now(self, table: str, row: Row) -> None:
        """An order intent: what quotes and ladders come to."""
        if table == "orders":
            self.made.append((Symbol(str(row["symbol"])), int(row["decided_ms"] or 0), {"table": table, **row}))

    def commit(self) -> None:
        pass

    def held_symbols(self) -> tuple[Symbol, ...]:
        return ()

    def load_ledger(self, symbol: Symbol) -> LedgerLoaded:
        return LedgerLoaded(symbol, (), (), (), 1)

    def load_notes(self, owner: Address) -> tuple[tuple[str, str], ...]:  # noqa: ARG002 - Store.load_notes
        return ()

    def load_trades(self, newest: int) -> tuple[TradeClosed, ...]:  # noqa: ARG002 - Store.load_trades
        return ()


def market_start_ms(config: Config) -> int:
    """When the configured market begins."""
    return make_exchange(config).now_ms


def decisions(config: Config, end_ms: int | None = None) -> Sequence[Decision]:
    """Everything that the strategies of ``config`` decide in its market up to ``end_ms``, in order."""
    kept = _Decisions()
    replay = Replay(config, make_exchange(config, end_ms), ACCOUNT, kept, "lookahead", explains=True)
    replay.run(lambda _now_ms, _bars: None)
    return kept.made


def compare(config: Config, cuts: int, end_ms: int) -> Iterator[Cut]:
    """Play the market up to ``end_ms``, and again with its end cut off at ``cuts`` moments before.

    What was decided must be the same.
    """
    whole = decisions(config, end_ms)
    if not whole:
        return
    first_ms, last_ms = min(each[1] for each in whole), max(each[1] for each in whole)
    for number in range(1, cuts + 1):
        at_ms = first_ms + (last_ms - first_ms) * number // (cuts + 1)
        before = decisions(config, at_ms)
        yield _cut(at_ms, before, [each for each in whole if each[1] <= at_ms])


def _cut(at_ms: int, before: Sequence[Decision], with_later: Sequence[Decision]) -> Cut:
    """Symbol by symbol: those of the same moment may come in another order."""
    wishes = sum(each[2]["table"] in {"signals", "orders"} for each in before)
    for symbol in {each[0] for each in (*before, *with_later)}:
        mine = [each for each in before if each[0] == symbol and each[1] <= at_ms]
        other = [each for each in with_later if each[0] == symbol]
        for one, two in zip(mine, other, strict=False):
            if one != two:
                return Cut(at_ms, len(before), wishes, f"{symbol} at {one[1]}: {_text(one)} instead of {_text(two)}")
        if len(mine) != len(other):
            return Cut(at_ms, len(before), wishes, f"{symbol}: {len(mine)} decisions instead of {len(other)}")
    return Cut(at_ms, len(before), wishes, None)


def _text(decision: Decision) -> str:
    row: dict[str, Any] = dict(decision[2])
    kept = ("table", "side", "price", "direction", "score", "stop_price", "target_price", "qty", "reason", "breakdown")
    return msgspec.json.encode({name: row[name] for name in kept if name in row}).decode()


def frame_differences(config: Config, symbol: Symbol, end_ms: int) -> Iterator[str]:
    """What a strategy written as a function of a DataFrame gives for a bar when it knows later bars, and when not.

    In trading only the last row counts, so a look ahead shows nowhere else: in a backtest over whole columns such a
    strategy would shine.
    """
    strategy = make_strategy(config.for_symbol(symbol).strategy.choice)
    if not isinstance(strategy, DataFrameStrategy):
        return
    bars = _bars(config, symbol, end_ms)
    whole = strategy.generate_signals(strategy.frame_of(bars))
    window = strategy.window_bars
    for index in _samples(whole, window, len(bars)):
        known = read_signal(whole.iloc[: index + 1])
        so_far = read_signal(strategy.generate_signals(strategy.frame_of(bars[: index + 1])))
        if not _is_same(known, so_far):
            yield f"{symbol} at {bars[index].start_ms}: {_wish(known)} when later bars are known, else {_wish(so_far)}"
            continue
        live = read_signal(strategy.generate_signals(strategy.frame_of(bars[index + 1 - window : index + 1])))
        if live.direction is not so_far.direction:
            yield (
                f"{symbol} at {bars[index].start_ms}: {live.reason} from window_bars = {window}, {so_far.reason} with "
                "all bars before it: make the window longer"
            )


def _samples(whole: "DataFrame", first: int, end: int) -> Sequence[int]:
    """Rows all over the frame, and as many of those on which the strategy wants something: they may be few."""
    even = range(first, end, max(1, (end - first) // FRAME_SAMPLES))
    wishes = [
        index
        for index in range(first, min(end, len(whole)))
        if read_signal(whole.iloc[index : index + 1]).direction is not None
    ]
    return sorted({*even, *wishes[:: max(1, len(wishes) // FRAME_SAMPLES)]})


def _is_same(one: Signal, two: Signal) -> bool:
    """Whether two signals wish the same, sums that were added up in another order aside."""
    if one.direction is not two.direction:
        return False
    readings, others = dict(one.breakdown), dict(two.breakdown)
    return readings.keys() == others.keys() and all(
        isclose(reading, others[name], rel_tol=SUMS_DIFFER_BY) for name, reading in readings.items()
    )


def _wish(signal: Signal) -> str:
    return " ".join((signal.reason, *(f"{name} {reading:.8g}" for name, reading in signal.breakdown)))


def _bars(config: Config, symbol: Symbol, end_ms: int) -> Sequence[Candle]:
    exchange = make_exchange(config, end_ms)
    exchange.detail = False
    category = config.venue.category
    exchange.subscribe(f"kline.{config.for_symbol(symbol).interval}.{symbol}", category)
    bars: list[Candle] = []
    while not exchange.finished:
        bars += [candle_of(push, category) for push in exchange.step() if isinstance(push, KlinePush) and push.confirm]
    return bars
