"""What counts as a difference between two runs, and what does not."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from bot.core.rows import Row
from bot.storage.parity import TABLES, first_difference
from bot.storage.reading import LedgerReader
from bot.storage.store import SqliteStore

END_MS = 1_000
ORDER: Row = {
    "key": "a", "order_link_id": "a", "symbol": "BTCUSDT", "purpose": "quote", "side": "Buy", "qty": "1", "price": "9",
    "decided_ms": 100, "updated_ms": 200, "status": "Filled", "avg_price": "9",
}  # fmt: skip
JUDGEMENT: Row = {"symbol": "BTCUSDT", "slot": 3, "time_ms": 300, "reason": "no cross", "score": 0.5}
SIGNAL: Row = {"symbol": "BTCUSDT", "time_ms": 400, "direction": "long", "stop_price": 8.0}


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Path]:
    """Writes a run that has these rows."""

    def write(name: str, *rows: tuple[str, Row]) -> Path:
        file = tmp_path / f"{name}.sqlite"
        store = SqliteStore(file, name, name)
        store.put("runs", {"run_id": name, "started_ms": 0, "ended_ms": END_MS})
        for table, row in rows:
            store.put(table, row)
        store.close()
        return file

    return write


def difference(one: Path, other: Path, until_ms: int | None = None) -> str | None:
    with closing(LedgerReader(one)) as first, closing(LedgerReader(other)) as second:
        return first_difference(first, second, tuple(TABLES), until_ms)


def test_what_is_own_to_a_run_does_not_count(run: Callable[..., Path]) -> None:
    one = run("one", ("orders", ORDER), ("judgements", JUDGEMENT), ("signals", SIGNAL))
    other = run("other", ("orders", ORDER), ("judgements", {**JUDGEMENT, "slot": 4}), ("signals", SIGNAL))
    assert difference(one, other) is None


@pytest.mark.parametrize(
    ("table", "row", "change", "text"),
    [
        (
            "judgements",
            JUDGEMENT,
            {"score": 0.6},
            "judgements symbol=BTCUSDT time_ms=300: score is 0.5 in the first run",
        ),
        ("signals", SIGNAL, {"stop_price": 8.1}, "stop_price is 8.0 in the first run, 8.1 in the second"),
        ("orders", ORDER, {"price": "9.0"}, "price is '9' in the first run, '9.0' in the second"),
        ("orders", ORDER, {"status": "Cancelled"}, "status is 'Filled' in the first run"),
    ],
)
def test_a_changed_field_is_told(run: Callable[..., Path], table: str, row: Row, change: Row, text: str) -> None:
    found = difference(run("one", (table, row)), run("other", (table, {**row, **change})))
    assert found is not None
    assert text in found


def test_the_first_of_several_is_told_and_what_led_to_it_before_what_it_led_to(run: Callable[..., Path]) -> None:
    late = {**SIGNAL, "time_ms": 500}
    same_time: Row = {"symbol": "BTCUSDT", "time_ms": 400, "qty": "1", "reason": ""}
    found = difference(run("one"), run("other", ("signals", late), ("entry_answers", same_time), ("signals", SIGNAL)))
    assert found == "signals symbol=BTCUSDT direction=long time_ms=400 is in the second run only"


def test_several_rows_of_one_moment_count_by_their_order(run: Callable[..., Path]) -> None:
    other = {**SIGNAL, "direction": "short"}
    both = (("signals", SIGNAL), ("signals", other))
    assert difference(run("one", *both), run("two", *both)) is None
    assert difference(run("three", *both), run("four", *reversed(both))) is not None
    assert difference(run("five", *both), run("six", both[0])) is not None


def test_orders_that_rest_at_the_end_are_withdrawn_as_far_as_the_limits_let_them(run: Callable[..., Path]) -> None:
    left = {**ORDER, "status": "New"}
    withdrawn = {**ORDER, "status": "Cancelled", "updated_ms": END_MS}
    before = {**ORDER, "status": "Cancelled", "updated_ms": END_MS - 1}
    files = [run(str(number), ("orders", row)) for number, row in enumerate((left, withdrawn, before))]
    assert difference(files[0], files[1]) is None
    assert difference(files[0], files[2]) is not None
    assert difference(files[0], run("moved", ("orders", {**withdrawn, "price": "8"}))) is not None


def test_of_a_common_stretch_only_what_was_decided_in_it_counts(run: Callable[..., Path]) -> None:
    short = run("short", ("orders", {**ORDER, "status": "New"}), ("signals", SIGNAL))
    long = run("long", ("orders", ORDER), ("signals", SIGNAL), ("signals", {**SIGNAL, "time_ms": 700}))
    assert difference(short, long, 600) is None
    assert difference(short, long, 701) is not None
    other = run("other", ("orders", {**ORDER, "qty": "2"}), ("signals", SIGNAL))
    assert "qty is '1'" in str(difference(short, other, 600))
