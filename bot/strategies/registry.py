"""The built-in strategies by name."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import ValidationError

from bot.domain.errors import UserError
from bot.strategies.base import Strategy
from bot.strategies.ema_cross import EmaCross, EmaCrossParameters

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

NAMES = (EmaCross.name,)


class Mistake(NamedTuple):
    """What is wrong with the choice of a strategy: ``name`` or ``params.KEY``, the value if there is one, and why."""

    key: str
    value: object
    message: str


def make_strategy(name: str, parameters: Mapping[str, Any]) -> Strategy:
    """A fresh strategy by its name in the configuration. UserError lists every parameter that is wrong."""
    mistakes = find_mistakes(name, parameters)
    if mistakes:
        raise UserError("\n".join(f"strategy.{each.key}: {each.message}" for each in mistakes))
    return EmaCross(EmaCrossParameters.model_validate(parameters))


def find_mistakes(name: str, parameters: Mapping[str, Any]) -> Sequence[Mistake]:
    """Everything that is wrong with a strategy's name and parameters, in plain words; empty if it can be made."""
    if name != EmaCross.name:
        return [Mistake("name", name, f"there is no such strategy; there is: {', '.join(NAMES)}")]
    try:
        EmaCrossParameters.model_validate(parameters)
    except ValidationError as error:
        return [_mistake(detail, parameters) for detail in error.errors(include_url=False)]
    return []


def _mistake(detail: "ErrorDetails", parameters: Mapping[str, Any]) -> Mistake:
    if not detail["loc"]:
        return Mistake("params", None, detail["msg"].removeprefix("Value error, "))
    name = str(detail["loc"][0])
    return Mistake(f"params.{name}", parameters.get(name), _in_plain_words(detail, name))


def _in_plain_words(detail: "ErrorDetails", name: str) -> str:
    if detail["type"] == "extra_forbidden":
        close = get_close_matches(name, EmaCrossParameters.model_fields, n=1)
        return "is not known" + (f'; did you mean "{close[0]}"?' if close else "")
    return detail["msg"].replace("Input should be", "must be").partition(", unable to parse")[0]
