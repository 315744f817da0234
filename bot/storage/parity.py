"""Whether two runs gave the same orders and executions, field by field."""

from collections.abc import Mapping
from typing import Any

from bot.storage.reading import LedgerReader

OWN_TO_A_RUN = frozenset({"book", "run_id"})
KEYS = {"orders": "key", "executions": "exec_id"}
TIMES = {"orders": "updated_ms", "executions": "time_ms"}


def count_of(run: LedgerReader) -> Mapping[str, int]:
    """How many orders and executions a run has."""
    return {table: sum(1 for _ in run.rows(table)) for table in KEYS}


def first_difference(one: LedgerReader, other: LedgerReader) -> str | None:
    """The earliest order or execution that is not the same in both runs, as one sentence; None if there is none."""
    differences = [found for table in KEYS for found in _differences(table, one, other)]
    return min(differences)[1] if differences else None


def _differences(table: str, one: LedgerReader, other: LedgerReader) -> list[tuple[int, str]]:
    key, time = KEYS[table], TIMES[table]
    ours = {row[key]: row for row in one.rows(table)}
    theirs = {row[key]: row for row in other.rows(table)}
    found: list[tuple[int, str]] = []
    for name in ours.keys() | theirs.keys():
        row, counterpart = ours.get(name), theirs.get(name)
        if row is None or counterpart is None:
            there = row or counterpart or {}
            where = "the second" if row is None else "the first"
            found.append((there[time] or 0, f"{table} {_describe(there)} is in {where} run only"))
            continue
        changed = [field for field in row if field not in OWN_TO_A_RUN and row[field] != counterpart[field]]
        if changed:
            field = changed[0]
            values = f"{row[field]!r} in the first run, {counterpart[field]!r} in the second"
            text = f"{table} {_describe(row)}: {field} is {values}"
            found.append((row[time] or 0, text))
    return found


def _describe(row: Mapping[str, Any]) -> str:
    wanted = ("symbol", "side", "qty", "price", "order_link_id", "time_ms", "decided_ms", "created_ms")
    return " ".join(f"{name}={row[name]}" for name in wanted if row.get(name) is not None)
