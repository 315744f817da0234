"""Partial targets, moving stops and the time stop: on the exchange, and the same over the wire and on one thread."""

import json
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.storage.reading import LedgerReader
from tests.end_to_end.conftest import SYMBOLS
from tests.end_to_end.process import bot_says

SETTINGS = ("--set", 'strategy.params={"fast_period":3,"slow_period":8}')
SCALED_OUT = {
    "stop": {"kind": "distance", "distance": {"atr": "1.5"}},
    "targets": [{"at": {"risk": "0.7"}, "share": "0.5"}, {"at": {"risk": "2"}, "share": "0.5"}],
    "break_even": {"after": {"risk": "0.8"}, "offset_fraction": "0.0002"},
    "trailing": {"kind": "chandelier", "distance": {"atr": "2"}, "after": {"risk": "0.5"}},
    "bars": 5,
    "time_stop_minutes": 20,
}
NATIVE = {"trailing": {"kind": "native", "distance": {"atr": "1"}, "after": {"atr": "0.5"}}}


def rows(database: Path, table: str) -> list[dict[str, Any]]:
    with closing(LedgerReader(database)) as reader:
        return list(reader.rows(table))


@pytest.mark.parametrize("exits", [SCALED_OUT, NATIVE], ids=["scaled out", "native"])
def test_exits_are_the_same_both_ways(exits: dict[str, object], invented: Path, tmp_path: Path) -> None:
    names = ",".join(f'"{symbol}"' for symbol in SYMBOLS)
    said = bot_says(
        "parity", *SETTINGS, "--set", f"exits={json.dumps(exits)}", "--set", f"symbols=[{names}]",
        "--folder", str(invented), "--start", "2026-01-05T00:00:00Z", "--end", "2026-01-05T03:00:00Z",
        "--keep", str(tmp_path),
    )  # fmt: skip
    assert (said.returncode, said.stderr) == (0, ""), said.stdout + said.stderr
    assert said.stdout.endswith("the same, field by field\n")
    database = tmp_path / "wire/pyrmethus.sqlite"
    orders = rows(database, "orders")
    purposes = {row["exit_reason"] for row in rows(database, "trades")}
    if exits is NATIVE:
        assert "trailing stop" in purposes
        return
    targets = [row for row in orders if row["purpose"] == "take profit"]
    assert {row["status"] for row in targets} >= {"Filled", "Cancelled"}
    assert all(row["reduce_only"] and row["order_type"] == "Limit" for row in targets)
    assert "time stop" in purposes
    assert "stop loss" in purposes
    moved = [row for row in orders if row["stop_order_type"] == "StopLoss" and row["trigger_price"]]
    entries = {Decimal(row["stop_loss"]) for row in orders if row["purpose"] == "entry"}
    assert any(Decimal(row["trigger_price"]) not in entries for row in moved), "no stop was ever moved"
