"""The last words of a run."""

import io
from decimal import Decimal

import pytest
from rich.console import Console

from bot.dashboard.summary import print_summary
from bot.domain.messages import OpenPosition, RunSummary
from bot.domain.values import Symbol

SUMMARY = RunSummary(4, 1, Decimal("1234.567"), Decimal("12.3"), Decimal("1222.267"), Decimal("0.25"))
NO_TRADES = RunSummary(0, 0, Decimal(0), Decimal(0), Decimal(0), None)


def printed(summary: RunSummary, *, is_terminal: bool) -> str:
    out = io.StringIO()
    print_summary(summary, Console(file=out, force_terminal=is_terminal, width=80))
    return out.getvalue()


def test_in_a_pipe_it_is_lines_of_names_and_values() -> None:
    assert printed(SUMMARY, is_terminal=False).splitlines() == [
        "trades: 4, of which won 1",
        "win rate: 25.0%",
        "PnL before fees: +1,234.57",
        "fees and funding: 12.30",
        "net PnL: +1,222.27",
    ]


def test_on_a_terminal_it_is_a_table() -> None:
    text = printed(SUMMARY, is_terminal=True)
    assert "│" in text
    assert "+1,222.27" in text


@pytest.mark.parametrize("is_terminal", [False, True])
def test_without_trades_there_is_no_win_rate(is_terminal: bool) -> None:
    assert "-" in printed(NO_TRADES, is_terminal=is_terminal)


def test_standard_output_is_where_it_goes(capsys: pytest.CaptureFixture[str]) -> None:
    print_summary(SUMMARY)
    assert "net PnL: +1,222.27" in capsys.readouterr().out


def test_positions_that_are_left_open_are_named_with_their_stop() -> None:
    left = OpenPosition(Symbol("XRPUSDT"), Decimal(-1500), Decimal("1.77") / 3, Decimal("0.61"))
    summary = RunSummary(0, 0, Decimal(0), Decimal(1), Decimal(-1), None, (left,))
    assert "left open: XRPUSDT short 1500 from 0.59, stop 0.61 at the exchange" in printed(summary, is_terminal=False)
