"""Answers and frames with rows, fields or bytes that are not as they should be."""

import copy
from collections.abc import Iterator
from typing import Any

from bot.simulator.server.faults.kinds import Change, Omit, ShortPage

type Frame = dict[str, Any]


def edited(frame: Frame, fault: Omit | Change | ShortPage) -> Frame:
    """A changed copy of an envelope or frame."""
    frame = copy.deepcopy(frame)
    if isinstance(fault, ShortPage):
        _shorten(frame.get("result"), fault.rows)
        return frame
    for row in _objects(frame, fault.symbol is None, fault.symbol):
        if fault.field in row:
            if isinstance(fault, Omit):
                del row[fault.field]
            else:
                row[fault.field] = fault.value
    return frame


def half(data: bytes) -> bytes:
    """The first half: never valid JSON, since an object's end is missing."""
    return data[: max(1, len(data) // 2)]


def _shorten(result: object, rows: int) -> None:
    if isinstance(result, dict):
        if isinstance(result.get("list"), list):
            result["list"] = result["list"][:rows]
        if "nextPageCursor" in result:
            result["nextPageCursor"] = ""


def _objects(value: object, chosen: bool, symbol: str | None) -> Iterator[Frame]:
    """Every object inside, or only those of one symbol and what they hold."""
    if isinstance(value, dict):
        chosen = chosen or symbol in {value.get("symbol"), value.get("s")}
        if chosen:
            yield value
        for each in list(value.values()):
            yield from _objects(each, chosen, symbol)
    elif isinstance(value, list):
        for each in value:
            yield from _objects(each, chosen, symbol)
