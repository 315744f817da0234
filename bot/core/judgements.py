"""What strategies made of bars, as the database has kept it."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec


class EntryAnswer(msgspec.Struct, frozen=True):
    """What became of an entry that a signal asked for; ``reason`` is empty where it was approved."""

    qty: str
    reason: str


class Judgement(msgspec.Struct, frozen=True):
    """What a strategy made of one bar; see BarJudged. ``direction`` is None where it wanted nothing."""

    time_ms: int
    strategy: str
    interval: str
    price: float
    ready: bool
    direction: str | None
    strength: float
    score: float | None
    threshold: float | None
    reason: str
    breakdown: Sequence[tuple[str, float]]
    answers: Sequence[EntryAnswer]


class Exit(msgspec.Struct, frozen=True):
    """How a round trip ended; prices are texts, digit for digit. ``purpose`` is that of the last order.

    ``level`` is where the stop or the target stood that ended it, ``wish`` what the strategy gave as its reason, and
    ``guard`` what the guard has written down when it latched; each is empty where it does not apply.
    """

    closed_ms: int
    opened_ms: int
    side: str
    qty: str
    entry_price: str
    exit_price: str
    net_pnl: str
    purpose: str
    level: str
    wish: str
    guard: str


def judgement(row: Mapping[str, Any], answers: Sequence[Mapping[str, Any]]) -> Judgement:
    """From a row of ``judgements`` and those of ``entry_answers`` of the same bar."""
    readings: list[tuple[str, float | None]] = msgspec.json.decode(row["breakdown"])
    return Judgement(
        row["time_ms"],
        row["strategy"],
        row["interval"],
        row["price"],
        bool(row["ready"]),
        row["direction"],
        row["strength"],
        row["score"],
        row["threshold"],
        row["reason"],
        [(name, float("nan") if value is None else value) for name, value in readings],
        [EntryAnswer(each["qty"], each["reason"]) for each in answers],
    )
