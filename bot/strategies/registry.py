"""Finding and making strategies: built in by their name, or from a file of the user's."""

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import ValidationError

from bot.config.trading import StrategyChoice
from bot.domain.errors import UserError
from bot.domain.values import Symbol
from bot.strategies.base import Strategy, StrategyParameters
from bot.strategies.confluence import Confluence
from bot.strategies.consensus import Consensus
from bot.strategies.ema_cross import EmaCross
from bot.strategies.ema_rsi_macd import EmaRsiMacd
from bot.strategies.from_file import line_of_user, load_class
from bot.strategies.funding_carry import FundingCarry
from bot.strategies.grid import Grid
from bot.strategies.macd_cross import MacdCross
from bot.strategies.market_maker import MarketMaker
from bot.strategies.mean_reversion import MeanReversion
from bot.strategies.momentum import MomentumStrategy
from bot.strategies.regime_momentum import RegimeMomentum
from bot.strategies.scalper import Scalper
from bot.strategies.trend_following import TrendFollowing

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

BUILT_IN: Mapping[str, type[Strategy]] = {
    each.name: each
    for each in (
        EmaCross,
        Confluence,
        Scalper,
        EmaRsiMacd,
        Consensus,
        MeanReversion,
        MomentumStrategy,
        MacdCross,
        RegimeMomentum,
        Grid,
        MarketMaker,
        TrendFollowing,
        FundingCarry,
    )
}


MINUTE_MS = 60_000


class Mistake(NamedTuple):
    """What is wrong with the choice of a strategy: ``name`` or ``params.KEY``, the value if there is one, and why."""

    key: str
    value: object
    message: str


def make_strategy(choice: StrategyChoice) -> Strategy:
    """A fresh strategy. UserError lists everything that is wrong with the choice."""
    return prepare(choice)()


def prepare(choice: StrategyChoice) -> Callable[[], Strategy]:
    """Makes fresh strategies of what a choice means now: a file that is edited later changes nothing.

    UserError lists everything that is wrong with the choice.
    """
    mistakes = find_mistakes(choice)
    if mistakes:
        raise UserError("\n".join(f"strategy.{each.key}: {each.message}" for each in mistakes))
    kind = _class_of(choice)
    parameters = kind.Parameters.model_validate(choice.params)
    return lambda: kind(parameters)


def built_in(name: str, params: Mapping[str, Any]) -> StrategyChoice:
    """The choice of a strategy that is built in."""
    return StrategyChoice(name, None, None, params)


def find_mistakes(choice: StrategyChoice) -> Sequence[Mistake]:
    """Everything that is wrong with a choice, in plain words; empty if the strategy can be made."""
    if choice.file is None and choice.name not in BUILT_IN:
        close = get_close_matches(choice.name or "", BUILT_IN, n=1)
        hint = f'did you mean "{close[0]}"?' if close else f"there is: {', '.join(BUILT_IN)}"
        return [Mistake("name", choice.name, f"there is no such strategy; {hint}")]
    try:
        kind = _class_of(choice)
    except UserError as error:
        return [Mistake("file", choice.file, str(error))]
    try:
        parameters = kind.Parameters.model_validate(choice.params)
    except ValidationError as error:
        return [_mistake(detail, choice.params, kind.Parameters) for detail in error.errors(include_url=False)]
    return _trial(kind, parameters, choice)


def _class_of(choice: StrategyChoice) -> type[Strategy]:
    return BUILT_IN[choice.name or ""] if choice.file is None else load_class(choice.file, choice.class_name)


def _trial(kind: type[Strategy], parameters: StrategyParameters, choice: StrategyChoice) -> Sequence[Mistake]:
    """Make one: what parameters mean together shows only then, and a user's own code may fail in any way."""
    try:
        made = kind(parameters)
        made.needs.topics(Symbol("TRIAL"), "1")
        asked = made.history_bars(MINUTE_MS)
        if not isinstance(asked, int):
            raise TypeError(f"history_bars must return a whole number, not {asked!r}")  # noqa: TRY301 - told like others
    except UserError as error:
        return [Mistake("params", None, str(error))]
    except (Exception, SystemExit) as error:
        if choice.file is None:
            raise
        where = line_of_user(error, Path(choice.file).resolve())
        text = f"{kind.__name__} can not be made: {type(error).__name__}: {error}{where}"
        return [Mistake("file", choice.file, text)]
    return []


def _mistake(detail: "ErrorDetails", params: Mapping[str, Any], kind: type[StrategyParameters]) -> Mistake:
    if not detail["loc"]:
        return Mistake("params", None, detail["msg"].removeprefix("Value error, "))
    name = str(detail["loc"][0])
    key = ".".join(("params", *map(str, detail["loc"])))
    return Mistake(key, detail["input"] if name in params else None, _in_plain_words(detail, name, kind))


def _in_plain_words(detail: "ErrorDetails", name: str, kind: type[StrategyParameters]) -> str:
    if detail["type"] == "extra_forbidden":
        close = get_close_matches(name, kind.model_fields, n=1)
        return "is not known" + (f'; did you mean "{close[0]}"?' if close else "")
    return detail["msg"].replace("Input should be", "must be").partition(", unable to parse")[0]
