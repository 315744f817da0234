"""What a report is made of, read from the SQLite file."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from operator import attrgetter
from typing import Any

import msgspec

from bot.domain.values import OrderType, Symbol, TimeMs, interval_ms
from bot.performance.execution_quality import PlacedOrder
from bot.performance.fills import Fill, Mark, Wish
from bot.performance.report_data import STOPS, AccountPoint, Recorded, RunInfo
from bot.storage.reading import LedgerReader
from bot.storage.store import execution_of

TRIGGERED = STOPS | {"take profit"}
QUOTE = "quote"

type Row = Mapping[str, Any]


def read_recorded(reader: LedgerReader, *, all_runs: bool = False) -> Recorded:
    """Everything that the file knows of the reader's run; with ``all_runs`` of all runs on the same account.

    Works while the bot runs. Files of older versions lack a table or a column: then less is known.
    """
    run = _run(reader, all_runs=all_runs)
    orders = list(reader.rows("orders"))
    by_id = {row["order_id"]: row for row in orders if row["order_id"]}
    wishes = _wishes(reader)
    return Recorded(
        run,
        [_fill(row, by_id.get(row["order_id"]), wishes) for row in reader.rows("executions")],
        _marks(reader),
        [_placed(row) for row in orders if row["run_id"] in run.runs and row["purpose"] is not None],
        _account(row for row in reader.rows("equity") if row["run_id"] in run.runs),
    )


def known_closes(reader: LedgerReader) -> Mapping[Symbol, Mapping[int, float]]:
    """The closes of bars that the file happens to know, by their time: of judged bars, and of bars with a position."""
    closes: dict[Symbol, dict[int, float]] = defaultdict(dict)
    for table in ("judgements", "marks"):
        for row in _rows(reader, table):
            closes[Symbol(row["symbol"])][row["time_ms"]] = float(row["price"])
    return {symbol: dict(sorted(found.items())) for symbol, found in closes.items()}


def _run(reader: LedgerReader, *, all_runs: bool) -> RunInfo:
    runs = list(reader.rows("runs")) if all_runs else [reader.run]
    first, last = runs[0], runs[-1]
    return RunInfo(
        last["run_id"] if len(runs) == 1 else f"{len(runs)} runs on account {last['book']}",
        last["venue"],
        last["version"],
        TimeMs(min(row["started_ms"] for row in runs)) if all_runs else TimeMs(first["started_ms"]),
        None if last["ended_ms"] is None else TimeMs(last["ended_ms"]),
        frozenset(row["run_id"] for row in runs),
        reader.coin,
    )


def _rows(reader: LedgerReader, table: str) -> Iterable[Row]:
    return reader.rows(table) if reader.has(table) else ()


def _wishes(reader: LedgerReader) -> Mapping[str, Sequence[tuple[Wish, int]]]:
    """Signals by symbol in the order of time, each with the length of its bar."""
    found: dict[str, list[tuple[Wish, int]]] = defaultdict(list)
    for row in reader.rows("signals"):
        reason = row.get("reason") or _readings(row["breakdown"])
        wish = Wish(TimeMs(row["time_ms"]), row["strategy"], Decimal(repr(row["price"])), reason)
        found[row["symbol"]].append((wish, interval_ms(row["interval"])))
    return {symbol: sorted(wishes, key=lambda each: each[0].time_ms) for symbol, wishes in found.items()}


def _readings(breakdown: str | None) -> str:
    readings: dict[str, float] = msgspec.json.decode(breakdown, type=dict[str, float]) if breakdown else {}
    return " ".join(f"{name} {value:.6g}" for name, value in readings.items())


def _fill(row: Row, order: Row | None, wishes: Mapping[str, Sequence[tuple[Wish, int]]]) -> Fill:
    wish = None if order is None else _wish_behind(order, wishes.get(row["symbol"], ()))
    purpose = row["purpose"]
    if purpose in TRIGGERED:
        decision = _price(order, "trigger_price")
    elif purpose == QUOTE:
        decision = _price(order, "price")
    else:
        decision = None if wish is None else wish.price
    execution = execution_of(dict(row))
    return Fill(execution, purpose, row["run_id"], Decimal(row["realised_pnl"]), decision, wish)


def _wish_behind(order: Row, wishes: Sequence[tuple[Wish, int]]) -> Wish | None:
    """The newest signal when the order was decided, if its bar had just closed."""
    decided_ms = order["decided_ms"]
    if decided_ms is None or order["purpose"] == QUOTE:
        return None
    place = bisect_right(wishes, decided_ms, key=lambda each: each[0].time_ms)
    if not place:
        return None
    wish, bar_ms = wishes[place - 1]
    return wish if decided_ms - wish.time_ms < bar_ms else None


def _price(order: Row | None, column: str) -> Decimal | None:
    text = None if order is None else order[column]
    price = Decimal(text) if text else Decimal(0)
    return price if price > 0 else None


def _marks(reader: LedgerReader) -> Mapping[Symbol, Sequence[Mark]]:
    found: dict[Symbol, list[Mark]] = defaultdict(list)
    for row in _rows(reader, "marks"):
        mark = Mark(TimeMs(row["time_ms"]), Decimal(row["price"]), Decimal(row["low"]), Decimal(row["high"]))
        found[Symbol(row["symbol"])].append(mark)
    return {symbol: sorted(marks, key=attrgetter("time_ms")) for symbol, marks in found.items()}


def _placed(row: Row) -> PlacedOrder:
    return PlacedOrder(
        Symbol(row["symbol"]),
        row["purpose"],
        OrderType(row["order_type"]),
        row["status"],
        Decimal(row["qty"]),
        Decimal(row["cum_exec_qty"] or 0),
        TimeMs(row["decided_ms"]),
    )


def _account(rows: Iterable[Row]) -> Sequence[AccountPoint]:
    """Of rows of the same moment the last: those before it may know half of what happened then."""
    last: dict[int, AccountPoint] = {}
    for row in rows:
        last[row["time_ms"]] = AccountPoint(
            TimeMs(row["time_ms"]),
            Decimal(row["wallet_balance"]),
            Decimal(row["unrealised_pnl"]),
            Decimal(row["equity"]),
        )
    return [last[time_ms] for time_ms in sorted(last)]
