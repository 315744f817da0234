"""Why a position was closed, in words."""

from decimal import Decimal
from io import StringIO

import pytest
from rich.console import Console

from bot.core.judgements import Exit
from bot.dashboard.explain import EXIT_REASONS, print_exits, why_closed
from bot.domain.messages import ExecutionReported
from bot.domain.values import OrderLinkId, Side, Symbol, TimeMs
from bot.orders.intents import purpose_of

CLOSED_MS = 1_760_130_995_000


def exit_by(purpose: str, level: str = "", wish: str = "", guard: str = "") -> Exit:
    return Exit(
        CLOSED_MS, CLOSED_MS - 95_000, "Buy", "0.049", "112183.90000000", "111216.70000000", "-53.41344618", purpose,
        level, wish, guard,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (exit_by("stop loss", level="111000.1"), "its stop was reached (111000.1)"),
        (exit_by("signal", wish="the score left its side"), "the strategy wanted to be out, the score left its side"),
        (exit_by("drawdown limit", guard="10% below"), "a guard of the account has closed everything, 10% below"),
        (exit_by("time stop"), "it had been open for as long as it may"),
    ],
)
def test_the_reason_has_its_figures(told: Exit, words: str) -> None:
    assert why_closed(told) == words


def test_an_exit_is_two_lines() -> None:
    said = StringIO()
    print_exits("BTCUSDT", [exit_by("liquidation")], Console(file=said, width=200))
    assert said.getvalue().splitlines() == [
        "BTCUSDT, exits (UTC)",
        "2025-10-10 21:16:35  long 0.049 from 112183.9 to 111216.7, net -53.41344618",
        "      liquidation: the exchange has liquidated it",
    ]


def test_nothing_is_said_of_no_exits() -> None:
    said = StringIO()
    print_exits("BTCUSDT", [], Console(file=said, width=200))
    assert not said.getvalue()


@pytest.mark.parametrize("exec_type", ["BustTrade", "AdlTrade", "Settle", "Delivery", "Trade"])
def test_what_the_exchange_does_by_itself_has_words_of_its_own(exec_type: str) -> None:
    nothing = OrderLinkId("")
    one = Decimal(1)
    execution = ExecutionReported(
        Symbol("BTCUSDT"), "x", exec_type, "o", nothing, Side.SELL, one, one, one, "USDT", is_maker=False,
        stop_order_type="", create_type="", time_ms=TimeMs(1),
    )  # fmt: skip
    purpose = purpose_of(execution, None)
    assert purpose in EXIT_REASONS
    assert (purpose == "external") == (exec_type == "Trade")
