"""Why bars led to a trade, or to none, for the person who asks."""

from collections.abc import Sequence
from datetime import UTC, datetime

from rich.console import Console
from rich.text import Text

from bot.core.judgements import Judgement

_COLOURS = {"long": "green", "short": "red", "flat": "yellow"}


def print_judgements(symbol: str, judged: Sequence[Judgement], console: Console | None = None) -> None:
    """One bar after the other, oldest first: the wish, score against threshold, contributions, the answer of the risk.

    Colours on a terminal, plain lines in a pipe.
    """
    console = console or Console(highlight=False)
    if not judged:
        console.print(f"{symbol}: there is no such bar among those that are kept", markup=False)
        return
    last = judged[-1]
    console.print(f"{symbol}, {last.strategy}, interval {last.interval}, by the close of the bar (UTC)", markup=False)
    for each in judged:
        console.print(_headline(each), soft_wrap=True)
        readings = "  ".join(f"{name} {_number(value)}" for name, value in each.breakdown)
        for line in (readings, *(_answer(answer.qty, answer.reason) for answer in each.answers)):
            if line:
                console.print(f"      {line}", markup=False, soft_wrap=True, style="dim" if line is readings else None)


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
