"""Pages of newest-first lists and windows of time."""

import re
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Protocol

from bot.simulator.intervals import DAY_MS
from bot.simulator.routes.call import Call
from bot.simulator.routes.params import invalid

WINDOW_MS = 7 * DAY_MS
CURSOR = re.compile(r"page_token(?:%3D|=)(\d{1,15})(?:%26|&)", re.ASCII)


class Numbered(Protocol):
    """Something with a place in line."""

    @property
    def sequence(self) -> int: ...


def page[Row: Numbered](call: Call, rows: Iterable[Row], limit: int) -> tuple[list[Row], str]:
    """The page that `cursor` asks for, of rows with falling sequence numbers, and the next cursor.

    The cursor names the last row seen, so rows that are added meanwhile shift nothing.
    """
    cursor = call.params.text("cursor")
    if cursor:
        found = CURSOR.fullmatch(cursor)
        if found is None:
            raise invalid("cursor invalid")
        last = int(found[1])
        rows = (row for row in rows if row.sequence < last)
    taken = list(islice(rows, limit + 1))
    if len(taken) <= limit:
        return taken, ""
    return taken[:limit], f"page_token%3D{taken[limit - 1].sequence}%26"


def window(call: Call, usual_ms: int = WINDOW_MS) -> tuple[int, int]:
    """[from, to] in ms by startTime and endTime: at most seven days, `usual_ms` long unless both are given."""
    start_ms, end_ms = call.params.integer("startTime"), call.params.integer("endTime")
    if start_ms is None and end_ms is None:
        return call.now_ms - usual_ms, call.now_ms
    if start_ms is None:
        start_ms = (end_ms or 0) - usual_ms
    if end_ms is None:
        end_ms = start_ms + usual_ms
    if end_ms < start_ms or end_ms - start_ms > WINDOW_MS:
        raise invalid("The time range between startTime and endTime must not exceed 7 days")
    return start_ms, end_ms


def offset_page[Row](call: Call, rows: Sequence[Row], limit: int) -> tuple[Sequence[Row], str]:
    """The page that `cursor` asks for, of rows that stay where they are, and the next cursor."""
    cursor = call.params.text("cursor")
    start = 0
    if cursor:
        found = CURSOR.fullmatch(cursor)
        if found is None:
            raise invalid("cursor invalid")
        start = int(found[1])
    end = start + limit
    return rows[start:end], f"page_token%3D{end}%26" if end < len(rows) else ""
