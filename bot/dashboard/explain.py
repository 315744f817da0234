"""Why bars led to a trade, or to none, for the person who asks."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

from rich.console import Console
from rich.text import Text

from bot.core.judgements import Exit, Judgement

_COLOURS = {"long": "green", "short": "red", "flat": "yellow"}
_SIDES = {"Buy": "long", "Sell": "short"}
EXIT_REASONS = {
    "stop loss": "its stop was reached",
    "trailing stop": "its trailing stop was reached",
    "take profit": "its target was reached",
    "signal": "the strategy wanted to be out",
    "time stop": "it had been open for as long as it may",
    "protection": "it had no stop that the exchange confirmed, so it was closed",
    "stop": "the bot was stopped, and positions were to be closed",
    "universe": "the symbol has left the universe",
    "operator": "a person has closed it through the bot",
    "halted": "a person has halted the bot",
    "external": "somebody else on the account has closed it",
    "liquidation": "the exchange has liquidated it",
    "auto-deleveraging": "the exchange has closed it by auto-deleveraging, against a position that was liquidated",
    "settlement": "the exchange has settled the contract",
    "adjustment": "the exchange no longer had it, and the exchange is right",
    "quote": "an order that quoted the other side was filled",
    "entry": "an entry on the other side was filled",
}
"""Why a position was closed, by the purpose of the last order; guards are told by their names."""


def print_judgements(symbol: str, judged: Sequence[Judgement], console: Console | None = None) -> None:
    """One bar after the other, oldest first: the wish, score against threshold, contributions, the answer of the risk.

    Colours on a terminal, plain lines in a pipe.
    """
    console = console or Console(highlight=False)
    if not judged:
        console.print(f"{symbol}: nothing is kept of its bars; a backtest keeps them with --explain", markup=False)
        return
    last = judged[-1]
    console.print(f"{symbol}, {last.strategy}, interval {last.interval}, by the close of the bar (UTC)", markup=False)
    for each in judged:
        console.print(_headline(each), soft_wrap=True)
        readings = "  ".join(f"{name} {_number(value)}" for name, value in each.breakdown)
        for line in (readings, *(_answer(answer.qty, answer.reason) for answer in each.answers)):
            if line:
                console.print(f"      {line}", markup=False, soft_wrap=True, style="dim" if line is readings else None)


def print_exits(symbol: str, exits: Sequence[Exit], console: Console | None = None) -> None:
    """How the last positions ended, oldest first, each with its reason."""
    console = console or Console(highlight=False)
    if exits:
        console.print(f"{symbol}, exits (UTC)", markup=False)
    for each in exits:
        moment = f"{datetime.fromtimestamp(each.closed_ms / 1000, UTC):%Y-%m-%d %H:%M:%S}"
        side = _SIDES.get(each.side, each.side)
        prices = f"{each.qty} from {_price(each.entry_price)} to {_price(each.exit_price)}, net {_price(each.net_pnl)}"
        console.print(f"{moment}  {side} {prices}", markup=False, soft_wrap=True)
        console.print(f"      {each.purpose}: {why_closed(each)}", markup=False, soft_wrap=True)


def why_closed(told: Exit) -> str:
    """The reason of an exit, for people."""
    reason = EXIT_REASONS.get(told.purpose, "a guard of the account has closed everything")
    at = f" ({told.level})" if told.level else ""
    more = told.wish or told.guard
    return f"{reason}{at}, {more}" if more else f"{reason}{at}"


def _price(text: str) -> str:
    return f"{Decimal(text).normalize():f}"


def _headline(judged: Judgement) -> Text:
    moment = f"{datetime.fromtimestamp(judged.time_ms / 1000, UTC):%Y-%m-%d %H:%M}"
    wish = judged.direction or ("nothing" if judged.ready else "not ready")
    parts = [f"{moment}  close {_number(judged.price)}  "]
    if judged.score is not None and judged.threshold is not None:
        parts.append(f"score {_number(judged.score)} of {_number(judged.threshold)}  ")
    if judged.direction is not None:
        parts.append(f"strength {judged.strength:.2f}  ")
    text = Text("".join(parts))
    text.append(wish, style=_COLOURS.get(wish, "dim"))
    text.append(f"  {judged.reason}" if judged.reason else "")
    return text


def _answer(qty: str, reason: str) -> str:
    return f"risk: refused, {reason}" if reason else f"risk: an entry of {qty} was approved"


def _number(value: float) -> str:
    return f"{value + 0.0:.8g}"  # a zero without a sign
