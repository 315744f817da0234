"""Whether two runs gave the same decisions, orders and executions, field by field."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from bot.storage.reading import LedgerReader

type Row = Mapping[str, Any]

OWN_TO_A_RUN = frozenset({"book", "run_id", "slot"})


class _Compared(NamedTuple):
    """How the rows of a table are told apart, and when they came about."""

    key: tuple[str, ...]
    time: str


TABLES: Mapping[str, _Compared] = {
    "judgements": _Compared(("symbol", "time_ms"), "time_ms"),
    "signals": _Compared(("symbol", "time_ms"), "time_ms"),
    "entry_answers": _Compared(("symbol", "time_ms"), "time_ms"),
    "orders": _Compared(("key",), "updated_ms"),
    "executions": _Compared(("exec_id",), "time_ms"),
}
"""In the order in which one leads to the other."""
KEPT_ALWAYS = ("signals", "entry_answers", "orders", "executions")
"""Judgements are kept on request only, and live not all of them."""
TRADED = ("orders", "executions")
OPEN = frozenset({"New", "PartiallyFilled", "Untriggered"})
INTENT = ("symbol", "purpose", "side", "order_type", "qty", "price", "time_in_force", "reduce_only", "stop_loss")
"""What of an order was settled when it was decided."""


def count_of(run: LedgerReader, tables: Sequence[str] = TRADED) -> Mapping[str, int]:
    """How many rows of these tables a run has."""
    return {table: sum(1 for _ in run.rows(table)) for table in tables}


def first_difference(
    one: LedgerReader, other: LedgerReader, tables: Sequence[str] = KEPT_ALWAYS, until_ms: int | None = None
) -> str | None:
    """The earliest row that is not the same in both runs, as one sentence; None if there is none.

    With ``until_ms`` the runs need to have only the stretch before that moment in common: of orders then counts what
    was decided, for what became of them afterwards may differ.
    """
    differences = [
        (time_ms, list(TABLES).index(table), text)
        for table in tables
        for time_ms, text in _differences(table, one, other, until_ms)
    ]
    return min(differences)[2] if differences else None


def _differences(table: str, one: LedgerReader, other: LedgerReader, until_ms: int | None) -> Iterable[tuple[int, str]]:
    ours, theirs = (_by_key(table, _rows(table, run, until_ms)) for run in (one, other))
    time = TABLES[table].time if until_ms is None or table != "orders" else "decided_ms"
    ended_ms = min(one.run["ended_ms"] or 0, other.run["ended_ms"] or 0)
    for key in ours.keys() | theirs.keys():
        row, counterpart = ours.get(key), theirs.get(key)
        if row is None or counterpart is None:
            there = row or counterpart or {}
            where = "the second" if row is None else "the first"
            yield there[time] or 0, f"{table} {_describe(there)} is in {where} run only"
            continue
        intent_only = table == "orders" and (until_ms is not None or _was_left(row, counterpart, ended_ms))
        fields = INTENT if intent_only else tuple(row)
        changed = [field for field in fields if field not in OWN_TO_A_RUN and row[field] != counterpart[field]]
        if changed:
            field = changed[0]
            values = f"{row[field]!r} in the first run, {counterpart[field]!r} in the second"
            yield row[time] or 0, f"{table} {_describe(row)}: {field} is {values}"


def _was_left(row: Row, counterpart: Row, ended_ms: int) -> bool:
    """Whether an order still rested when both runs ended: then all are withdrawn at once, as many as Bybit allows."""
    return all(
        each["status"] in OPEN or (each["status"] == "Cancelled" and each["updated_ms"] >= ended_ms)
        for each in (row, counterpart)
    )


def _rows(table: str, run: LedgerReader, until_ms: int | None) -> Iterable[Row]:
    rows = run.rows(table)
    if until_ms is None:
        return rows
    time = "decided_ms" if table == "orders" else TABLES[table].time
    return (row for row in rows if row[time] is not None and row[time] < until_ms)


def _by_key(table: str, rows: Iterable[Row]) -> Mapping[tuple[Any, ...], Row]:
    """A symbol may have several rows of one moment: they count by their order."""
    seen: Counter[tuple[Any, ...]] = Counter()
    found: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        key = tuple(row[name] for name in TABLES[table].key)
        found[*key, seen[key]] = row
        seen[key] += 1
    return found


def _describe(row: Row) -> str:
    wanted = ("symbol", "side", "direction", "qty", "price", "order_link_id", "time_ms", "decided_ms", "created_ms")
    return " ".join(f"{name}={row[name]}" for name in wanted if row.get(name) is not None)
