"""How the traded symbols are chosen."""

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from bot.config.base import Section
from bot.config.fields import Bounded

Pattern = Annotated[
    str,
    Field(
        pattern=r"^[A-Z0-9*?]{1,30}$",
        description="A name with * for any characters and ? for one, such as BTC* or *1000*.",
    ),
]
Price = Annotated[Decimal, Bounded(gt="0", le="1000000000")]


class UniverseConfig(Section):
    """Which symbols are traded: those of `symbols`, or the best by rules, looked at again while the bot runs.

    The rules choose among the USDT perpetuals that trade. A symbol that is no longer chosen while it has a position is
    kept, without new entries, until it is flat.
    """

    kind: Annotated[
        Literal["fixed", "rules"],
        Field(description="fixed: the list in `symbols`; rules: the keys below, and `symbols` only changes settings."),
    ] = "fixed"
    top: Annotated[int, Field(ge=1, le=200, description="Most symbols traded at once.")] = 20
    by: Annotated[
        Literal["turnover_24h", "open_interest_value", "volatility_24h"],
        Field(description="What the symbols are ranked by, highest first."),
    ] = "turnover_24h"
    age_days_min: Annotated[
        int, Field(ge=0, le=10_000, description="Days that a contract must have been listed for.")
    ] = 30
    turnover_24h_min: Annotated[
        Annotated[Decimal, Bounded(ge="0", le="1000000000000")] | None,
        Field(description="Least turnover of 24 hours, in USDT; null: no bound."),
    ] = None
    spread_fraction_max: Annotated[
        Annotated[Decimal, Bounded(gt="0", le="1")] | None,
        Field(description="Widest spread, as a fraction of the price: 0.001 = 0.1 %; null: no bound."),
    ] = None
    volatility_24h_min: Annotated[
        Annotated[Decimal, Bounded(ge="0", le="100")] | None,
        Field(description="Least range of 24 hours, as a fraction of the price: 0.01 = 1 %; null: no bound."),
    ] = None
    volatility_24h_max: Annotated[
        Annotated[Decimal, Bounded(gt="0", le="100")] | None,
        Field(description="Largest range of 24 hours, as a fraction of the price; null: no bound."),
    ] = None
    price_min: Annotated[Price | None, Field(description="Lowest price, in USDT; null: no bound.")] = None
    price_max: Annotated[Price | None, Field(description="Highest price, in USDT; null: no bound.")] = None
    include: Annotated[
        tuple[Pattern, ...],
        Field(strict=False, max_length=500, description="Only names that match one of these; none: every name."),
    ] = ()
    exclude: Annotated[
        tuple[Pattern, ...], Field(strict=False, max_length=500, description="No name that matches one of these.")
    ] = ()
    refresh_minutes: Annotated[
        int, Field(ge=1, le=10_080, description="Minutes from one choice to the next, counted from midnight UTC.")
    ] = 60

    @model_validator(mode="after")
    def _bounds_leave_room(self) -> Self:
        bounds = (
            ("volatility_24h_max", self.volatility_24h_min, self.volatility_24h_max),
            ("price_max", self.price_min, self.price_max),
        )
        for key, least, most in bounds:
            if least is not None and most is not None and most <= least:
                name = key.replace("_max", "_min")
                raise PydanticCustomError("universe_range", "must be above {name}", {"key": key, "name": name})
        return self
