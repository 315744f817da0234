"""The table says what the snapshot holds."""

import io
import re
from decimal import Decimal

import msgspec
import pytest
from rich.console import Console

from bot.core.dashboard import DashboardCore, DashboardSnapshot, SymbolRow
from bot.dashboard.table import Layout, plain_line, render
from bot.domain.messages import AccountState, GuardState, TradingMode
from bot.domain.values import Symbol
from tests.core.samples import BTC, ETH, NOW
from tests.dashboard.samples import FLAT, LONG, snapshot


def drawn(shown: DashboardSnapshot, rows_max: int | None = None, *, colours: bool = False, width: int = 140) -> str:
    out = io.StringIO()
    Console(file=out, width=width, force_terminal=colours, color_system="standard" if colours else None).print(
        render(shown, Layout(rows_max, width))
    )
    return out.getvalue()


def line_of(text: str, symbol: str) -> str:
    (line,) = [line for line in text.splitlines() if line.startswith(symbol)]
    return line


def test_a_position_is_shown_with_everything_that_matters() -> None:
    line = line_of(drawn(snapshot()), "BTCUSDT")
    for cell in ("60,101.5", "long 0.012", "60,001.5", "59,000", "+1.20", "long 90s ago", "0.4s"):
        assert cell in line


def test_totals_and_state_stand_above_the_table() -> None:
    head = drawn(snapshot()).splitlines()[:3]
    assert head[0].strip() == "2023-11-14 22:14:00 UTC  trading"
    for text in ("equity 10,001.32", "wallet 10,000.12", "open PnL +1.20", "open risk 12.02 (0.12%) in 1", "net -3.50"):
        assert text in head[1] + head[2]


def test_short_positions_and_refusals() -> None:
    short = msgspec.structs.replace(LONG, size=Decimal("-1.50"), refusal="3 of at most 3 positions")
    line = line_of(drawn(snapshot((short,))), "BTCUSDT")
    assert "short 1.5" in line
    assert "(3 of at most 3 positions)" in line


def test_a_symbol_of_which_nothing_is_known_is_shown_as_such() -> None:
    assert line_of(drawn(snapshot()), "ETHUSDT").split() == ["ETHUSDT", *"-------"]


def test_a_narrow_terminal_cuts_the_signals_and_nothing_else() -> None:
    refused = msgspec.structs.replace(LONG, refusal="3 of at most 3 positions are open or on their way")
    lines = drawn(snapshot((refused, FLAT)), width=80).splitlines()
    line = line_of("\n".join(lines), "BTCUSDT")
    for cell in ("60,101.5", "long 0.012", "59,000", "+1.20", "0.4s", "long 90s ago"):
        assert cell in line
    assert line.endswith("…")
    assert len([line for line in lines if "USDT" in line]) == 2
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(
    ("shown", "state"),
    [
        (snapshot(is_trading=False), "starting"),
        (snapshot(private_is_up=False), "private stream down"),
        (snapshot(halted="four failures", private_is_up=False), "HALTED: four failures"),
    ],
)
def test_what_is_wrong_is_said_first(shown: DashboardSnapshot, state: str) -> None:
    assert drawn(shown).splitlines()[0].strip().endswith(state)
    assert plain_line(shown).split(" | ")[0].endswith(state)


def test_a_missing_stop_and_a_stale_feed_are_red() -> None:
    risky = msgspec.structs.replace(LONG, stop_price=None, feed_age_ms=60_000)
    text = drawn(snapshot((risky,)), colours=True)
    assert re.search(r"\x1b\[1;31m *none\x1b", text)
    assert re.search(r"\x1b\[1;31m *60s\x1b", text)
    assert not re.search(r"\x1b\[1;31m", drawn(snapshot((LONG,)), colours=True))


def test_too_many_symbols_for_the_terminal_leave_out_those_without_a_position() -> None:
    flats = tuple(msgspec.structs.replace(FLAT, symbol=Symbol(f"S{number}USDT")) for number in range(50))
    text = drawn(snapshot((*flats, LONG)), rows_max=10)
    assert "long 0.012" in line_of(text, "BTCUSDT")
    assert "and 41 more symbols" in text
    assert len(text.splitlines()) < 18


@pytest.mark.parametrize(
    ("age_ms", "text"),
    [(0, "0.0s"), (9_900, "9.9s"), (12_300, "12s"), (600_000, "10m"), (10_000_000, "2h"), (200_000_000, "2d")],
)
def test_ages_are_short(age_ms: int, text: str) -> None:
    row: SymbolRow = msgspec.structs.replace(LONG, feed_age_ms=age_ms)
    assert text in line_of(drawn(snapshot((row,))), "BTCUSDT").split()


def test_the_plain_line_holds_totals_and_positions() -> None:
    assert plain_line(snapshot((LONG,))) == (
        "2023-11-14 22:14:00 trading | equity 10,001.32 | open PnL +1.20 | open risk 12.02 | trades 4 net -3.50"
        " | feed 0.4s | BTCUSDT long 0.012 at 60,101.5 +1.20"
    )


def test_a_bot_that_has_just_started_can_be_shown() -> None:
    shown = DashboardCore([BTC, ETH]).snapshot(NOW)
    assert "BTCUSDT" in drawn(shown)
    assert plain_line(shown).endswith("equity - | open PnL +0.00 | open risk 0.00 | trades 0 net +0.00 | feed -")


def test_how_far_an_entry_is_stands_beside_the_signal() -> None:
    row = msgspec.structs.replace(LONG, refusal="", entry="twap 0.5 of 1.5")
    assert "twap 0.5 of 1.5" in line_of(drawn(snapshot((row,))), "BTCUSDT")


def test_a_closed_account_says_why_it_opens_nothing() -> None:
    latched = GuardState("daily_loss", "equity is 5.2 % below the day's begin", None)
    for state, told in (
        (AccountState(NOW, TradingMode.PAUSED, "lunch", ()), "paused (lunch)"),
        (AccountState(NOW, TradingMode.RUNNING, "", (latched,)), "daily loss: equity is 5.2 % below the day's begin"),
        (AccountState(NOW, TradingMode.RUNNING, "", ()), "trading"),
    ):
        shown = msgspec.structs.replace(snapshot(), account_state=state)
        assert told in drawn(shown).splitlines()[0]
        assert told in plain_line(shown)
