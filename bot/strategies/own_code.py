"""The border between the bot and a strategy of the user's: nothing gets past it but what the bot understands."""

import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from bot.domain.errors import UserError
from bot.domain.messages import Direction, LadderStep, Quote
from bot.domain.values import Side
from bot.strategies.base import MarketView, QuotePlan, Signal, Strategy
from bot.strategies.from_file import MODULE_PREFIX, line_of_user


class StrategyFailedError(UserError):
    """A user's own strategy raised, or gave an answer that is none."""


def is_users_own(strategy: Strategy) -> bool:
    """Whether a strategy came from a file of the user's."""
    return type(strategy).__module__.startswith(MODULE_PREFIX)


def ask_own_code[T](
    strategy: Strategy, question: Callable[[MarketView], object], view: MarketView, check: Callable[[object], T]
) -> T:
    """Ask a user's strategy and check what it answers. StrategyFailedError names the file and the line.

    A strategy that ends the program (``sys.exit``) has failed as well: other symbols may have open positions.
    """
    try:
        return check(question(view))
    except (Exception, SystemExit) as error:
        raise StrategyFailedError(_told(strategy, question.__name__, view, error)) from error


def _told(strategy: Strategy, asked: str, view: MarketView, error: BaseException) -> str:
    file = Path(str(sys.modules[type(strategy).__module__].__file__))
    closed = f"{datetime.fromtimestamp(view.close_ms / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"
    return (
        f"{file}: {strategy.name}.{asked} failed for {view.symbol} at {closed}: "
        f"{type(error).__name__}: {error}{line_of_user(error, file)}"
    )


def signal_of(answer: object) -> Signal:
    """An answer of ``decide`` with plain floats in it, numpy's and whole numbers turned into them."""
    if not isinstance(answer, Signal):
        raise TypeError(f"decide must return a Signal, not {answer!r:.80}")
    return msgspec.structs.replace(
        answer,
        direction=None if answer.direction is None else Direction(answer.direction),
        strength=float(answer.strength),
        stop_price=_float(answer.stop_price),
        target_price=_float(answer.target_price),
        breakdown=tuple((str(name), float(reading)) for name, reading in _pairs(answer.breakdown)),
        reason=str(answer.reason),
        score=_float(answer.score),
        threshold=_float(answer.threshold),
        amount_quote=_float(answer.amount_quote),
        ladder=tuple(LadderStep(float(step.price), float(step.share)) for step in answer.ladder),
        ladder_valid_ms=int(answer.ladder_valid_ms),
        entry=str(answer.entry),
        plan=plan_of(answer.plan),
    )


def plan_of(answer: object) -> QuotePlan | None:
    """A plan, also an answer of ``requote``, with plain floats in it."""
    if answer is None:
        return None
    if not isinstance(answer, QuotePlan):
        raise TypeError(f"a plan must be a QuotePlan or None, not {answer!r:.80}")
    return QuotePlan(
        tuple(Quote(Side(quote.side), float(quote.price), float(quote.amount_quote)) for quote in answer.quotes),
        float(answer.inventory_max_quote),
        float(answer.stop_long),
        float(answer.stop_short),
    )


def _pairs(breakdown: object) -> Iterable[tuple[object, float]]:
    """A breakdown as pairs: a dict is what many write by nature."""
    if isinstance(breakdown, dict):
        return breakdown.items()
    if not isinstance(breakdown, tuple | list):
        raise TypeError(f"a breakdown is a tuple of (name, number), not {breakdown!r:.80}")
    return breakdown


def _float(number: float | None) -> float | None:
    return None if number is None else float(number)
