"""The section ``exits``: where stops and targets stand, and how they move while a position is open."""

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from bot.config.base import Section
from bot.config.fields import Bounded

Fraction = Annotated[Decimal, Bounded(gt="0", le="10")]
Multiple = Annotated[Decimal, Bounded(gt="0", le="100")]
Bars = Annotated[int, Field(ge=2, le=500)]


class Distance(Section):
    """How far from the entry, in one of three units."""

    fraction: Annotated[Fraction | None, Field(description="Part of the entry price; 0.01 = 1 %.")] = None
    atr: Annotated[Multiple | None, Field(description="Multiples of the ATR.")] = None
    risk: Annotated[Multiple | None, Field(description="Multiples of the first stop's distance (often called R).")] = (
        None
    )

    @model_validator(mode="after")
    def _one_unit(self) -> Self:
        if sum(each is not None for each in (self.fraction, self.atr, self.risk)) != 1:
            raise PydanticCustomError("one_unit", "must have exactly one of fraction, atr and risk")
        return self


class StopConfig(Section):
    """The first stop of a position; it is attached to the entry."""

    kind: Annotated[
        Literal["strategy", "distance", "chandelier", "structure"],
        Field(
            description="strategy: where the strategy says; distance: so far from the signal's price; chandelier: "
            "distance.atr from the extreme of the last bars; structure: beyond the extreme of the last bars."
        ),
    ] = "strategy"
    distance: Annotated[
        Distance | None, Field(description="For distance and chandelier (there in atr); for structure added to it.")
    ] = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        _check_distance(self.kind, self.distance)
        if self.distance is not None and self.distance.risk is not None:
            raise PydanticCustomError("risk_of_itself", "must not be given in risk: that is the distance of this stop")
        return self


class TargetConfig(Section):
    """A price at which a part of the position is taken off."""

    at: Annotated[Distance, Field(description="How far from the entry.")]
    share: Annotated[
        Annotated[Decimal, Bounded(gt="0", le="1")], Field(description="Part of the position's full size.")
    ]


class BreakEvenConfig(Section):
    """The stop moves to the entry once there is so much profit."""

    after: Annotated[Distance, Field(description="Profit at a bar's close from which the stop is moved.")]
    offset_fraction: Annotated[
        Annotated[Decimal, Bounded(ge="0", le="0.1")],
        Field(description="Part of the entry price beyond the entry, to cover the fees."),
    ] = Decimal("0.0012")


class TighterConfig(Section):
    """From a profit on the trail is shorter."""

    after: Annotated[Distance, Field(description="Profit from which this counts.")]
    factor: Annotated[
        Annotated[Decimal, Bounded(gt="0", le="1")], Field(description="The trailing distance is multiplied by this.")
    ]


class TrailingConfig(Section):
    """The stop follows the price."""

    kind: Annotated[
        Literal["none", "distance", "chandelier", "native"],
        Field(
            description="distance: so far behind the best price since the entry; chandelier: distance.atr from the "
            "extreme of the last bars; native: the exchange trails by itself, between bars too."
        ),
    ] = "none"
    distance: Annotated[Distance | None, Field(description="How far behind; for chandelier in atr.")] = None
    after: Annotated[Distance | None, Field(description="Profit from which the stop trails; null: at once.")] = None
    tighter: Annotated[
        tuple[TighterConfig, ...],
        Field(strict=False, max_length=10, description="Shorter trails from larger profits on; not for native."),
    ] = ()

    @model_validator(mode="after")
    def _complete(self) -> Self:
        _check_distance(self.kind, self.distance)
        if self.kind == "native" and self.tighter:
            raise PydanticCustomError("native_is_constant", "must not be tightened: the exchange keeps its distance")
        return self


def _check_distance(kind: str, distance: Distance | None) -> None:
    if kind in {"distance", "chandelier", "native"} and distance is None:
        raise PydanticCustomError("distance_missing", "must have a distance with this kind")
    if kind == "chandelier" and distance is not None and distance.atr is None:
        raise PydanticCustomError("chandelier_in_atr", "must have its distance in atr with the kind chandelier")


class ExitsConfig(Section):
    """Stops and targets. All of them rest on the exchange; a stop is never loosened."""

    stop: Annotated[StopConfig, Field(description="The first stop.")] = StopConfig()
    targets: Annotated[
        tuple[TargetConfig, ...],
        Field(
            strict=False,
            max_length=10,
            description="Targets instead of the strategy's; what their shares leave stays until the stop.",
        ),
    ] = ()
    break_even: Annotated[BreakEvenConfig | None, Field(description="Move the stop to the entry; null: never.")] = None
    trailing: Annotated[TrailingConfig, Field(description="Let the stop follow the price.")] = TrailingConfig()
    time_stop_minutes: Annotated[
        int | None, Field(ge=1, le=1_000_000, description="Close a position after so many minutes; null: never.")
    ] = None
    bars: Annotated[Bars, Field(description="Bars of the extremes behind chandelier and structure.")] = 22
    atr_period: Annotated[int, Field(ge=2, le=200, description="Bars of the ATR behind every atr here.")] = 14
    step_fraction: Annotated[
        Annotated[Decimal, Bounded(ge="0", le="0.1")],
        Field(description="A stop is moved only by more than this part of the price, to spare requests."),
    ] = Decimal("0.0005")

    @model_validator(mode="after")
    def _shares(self) -> Self:
        if sum((each.share for each in self.targets), Decimal(0)) > 1:
            raise PydanticCustomError("too_much", "must have targets whose shares add up to at most 1")
        return self

    @property
    def follows_market(self) -> bool:
        """Whether levels of the market (ATR, extremes) are needed."""
        distances = [self.stop.distance, self.trailing.distance, self.trailing.after]
        distances += [each.at for each in self.targets] + [each.after for each in self.trailing.tighter]
        distances += [self.break_even.after] if self.break_even is not None else []
        by_atr = any(each is not None and each.atr is not None for each in distances)
        return by_atr or self.needs_extremes

    @property
    def needs_extremes(self) -> bool:
        """Whether the highest high and the lowest low of the last bars are needed."""
        return self.stop.kind in {"chandelier", "structure"} or self.trailing.kind == "chandelier"
