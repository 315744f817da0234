"""Hedge mode with isolated margin: set at the start, every order names its side, and both ways give the same."""

from contextlib import closing
from pathlib import Path

from bot.storage.reading import LedgerReader
from tests.end_to_end.conftest import SYMBOLS
from tests.end_to_end.process import bot_says

SETTINGS = (
    "--set", 'strategy.params={"fast_period":3,"slow_period":8}',
    "--set", "execution.position_mode=hedge", "--set", "execution.margin_mode=isolated",
)  # fmt: skip


def test_the_bot_trades_in_hedge_mode(invented: Path, tmp_path: Path) -> None:
    names = ",".join(f'"{symbol}"' for symbol in SYMBOLS)
    said = bot_says(
        "parity", *SETTINGS, "--set", f"symbols=[{names}]", "--folder", str(invented),
        "--start", "2026-01-05T00:00:00Z", "--end", "2026-01-05T02:00:00Z", "--keep", str(tmp_path),
    )  # fmt: skip
    assert (said.returncode, said.stderr) == (0, ""), said.stdout + said.stderr
    with closing(LedgerReader(tmp_path / "wire/pyrmethus.sqlite")) as reader:
        orders = [row for row in reader.rows("orders") if row["purpose"] in {"entry", "signal"}]
    sides = {(row["purpose"], row["side"], row["position_idx"]) for row in orders if row["status"] == "Filled"}
    assert sides == {("entry", "Buy", 1), ("entry", "Sell", 2), ("signal", "Sell", 1), ("signal", "Buy", 2)}
