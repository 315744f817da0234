"""The built-in strategies by name."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from bot.domain.errors import UserError
from bot.strategies.base import Strategy
from bot.strategies.ema_cross import EmaCross, EmaCrossParameters


def make_strategy(name: str, parameters: Mapping[str, Any]) -> Strategy:
    """A fresh strategy by its name in the configuration. UserError lists every parameter that is wrong."""
    if name != EmaCross.name:
        raise UserError(f"strategy.name: there is no strategy {name!r}; there is: {EmaCross.name}")
    try:
        return EmaCross(EmaCrossParameters.model_validate(parameters))
    except ValidationError as error:
        raise UserError(_problems(name, error)) from None


def _problems(name: str, error: ValidationError) -> str:
    lines = [
        f"strategy.params.{'.'.join(str(part) for part in problem['loc']) or name}: {problem['msg']}"
        for problem in error.errors(include_url=False)
    ]
    return "\n".join(lines)
