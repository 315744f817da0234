"""Stop and target as multiples of the ATR: what most strategies protect an entry with."""

from math import inf
from typing import Annotated

from pydantic import Field

from bot.domain.messages import Direction
from bot.strategies.base import Signal, StrategyParameters

type Readings = tuple[tuple[str, float], ...]


class AtrExits(StrategyParameters):
    """Parameters of strategies that place stop and target in ATR."""

    atr_period: Annotated[int, Field(ge=2, le=200, description="Bars of the ATR.")] = 14
    stop_atr: Annotated[float, Field(gt=0, le=50, description="Distance of the stop-loss, in ATR.")] = 2.0
    target_atr: Annotated[
        float | None, Field(gt=0, le=100, description="Distance of the take-profit, in ATR; null: none.")
    ] = 3.0
    atr_fraction_min: Annotated[
        float, Field(ge=0, le=1, description="No entry where ATR / price is below this: fees would eat it.")
    ] = 0.0003


def enter(parameters: AtrExits, side: float, close: float, atr: float, reason: str, breakdown: Readings) -> Signal:
    """A wish for a position on ``side`` (1 or -1) with its stop and target; none where the market is too quiet."""
    if not atr > parameters.atr_fraction_min * close:  # also where one of them is NaN
        return Signal(breakdown=breakdown, reason=f"{reason}, but the market is too quiet")
    stop = close - side * parameters.stop_atr * atr
    target = None if parameters.target_atr is None else close + side * parameters.target_atr * atr
    why_not = obstacle(side, close, stop, target)
    if why_not:
        return Signal(breakdown=breakdown, reason=f"{reason}, but {why_not}")
    return Signal(
        Direction.LONG if side > 0 else Direction.SHORT,
        stop_price=stop,
        target_price=target,
        breakdown=breakdown,
        reason=reason,
    )


def obstacle(side: float, close: float, stop: float, target: float | None = None) -> str:
    """Why an entry can not have this stop and target, empty if it can.

    Where the ATR is next to nothing they fall together with the price, where it is as large as the price itself they
    would stand below zero.
    """
    if not all(0 < price < inf for price in (stop, close if target is None else target)):
        return "the market is too wild"
    apart = (close - stop) * side > 0 and (target is None or (target - close) * side > 0)
    return "" if apart else "the market is too quiet"
