"""The section ``entry``: which orders an approved entry becomes."""

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from bot.config.base import Section
from bot.config.fields import Bounded

PAUSE_MIN_S = 1
"""Slices of a TWAP come no faster than one in a second."""

Kind = Literal["market", "limit", "post_only", "conditional", "layered", "iceberg", "twap", "oco"]
Offset = Annotated[Decimal, Bounded(ge="0", le="0.2")]
Bound = Annotated[Decimal, Bounded(gt="0", le="0.2")]


def _not_zero(value: Decimal) -> Decimal:
    if not value:
        raise PydanticCustomError("zero", "must not be 0: a trigger at the price of the signal is no condition")
    return value


class EntryConfig(Section):
    """How entries are made. Every kind reads its own keys; fractions are of the price at which the signal was given."""

    kind: Annotated[
        Kind,
        Field(
            description="market: at once; limit: wait for a better price; post_only: wait as a maker; conditional: at "
            "a trigger; layered: several limits over a range; iceberg: a part at a time; twap: slices over time; "
            "oco: a dip or a breakout, whichever comes first."
        ),
    ] = "market"
    slippage_fraction: Annotated[
        Annotated[Decimal, Bounded(ge="0.0001", le="0.1")] | None,
        Field(description="Market orders trade no farther than this from the best price; null: no bound of one's own."),
    ] = None
    offset_fraction: Annotated[
        Offset,
        Field(description="How much better than the signal's limits and icebergs wait."),
    ] = Decimal(0)
    expiry_s: Annotated[
        int, Field(ge=1, le=604_800, description="How long resting and conditional orders wait (seconds).")
    ] = 60
    then: Annotated[
        Literal["cancel", "chase", "convert"],
        Field(
            description="After that, of limit and post_only: cancel; chase the best price; convert the rest to market."
        ),
    ] = "cancel"
    chase_interval_s: Annotated[int, Field(ge=1, le=3_600, description="Seconds between two moves of a chase.")] = 5
    chase_moves_max: Annotated[int, Field(ge=1, le=1_000, description="Moves of a chase before it is given up.")] = 5
    chase_fraction_max: Annotated[
        Bound, Field(description="How much worse than the signal's price a chase may get.")
    ] = Decimal("0.002")
    requotes_max: Annotated[
        int, Field(ge=0, le=100, description="How often post_only quotes again when it would have taken.")
    ] = 5
    trigger_fraction: Annotated[
        Decimal,
        Bounded(ge="-0.2", le="0.2"),
        AfterValidator(_not_zero),
        Field(description="Trigger of conditional: above 0 a breakout in the entry's direction, below 0 a pull-back."),
    ] = Decimal("0.001")
    layers: Annotated[int, Field(ge=1, le=50, description="Limit orders of a layered entry.")] = 4
    layers_first_fraction: Annotated[Offset, Field(description="How much better the nearest layer waits.")] = Decimal(
        "0.0005"
    )
    layers_last_fraction: Annotated[Offset, Field(description="How much better the farthest layer waits.")] = Decimal(
        "0.003"
    )
    layers_profile: Annotated[
        Literal["flat", "rising", "falling"], Field(description="Sizes of the layers, from nearest to farthest.")
    ] = "flat"
    show_fraction: Annotated[
        Decimal,
        Bounded(gt="0", le="1"),
        Field(description="Part of an iceberg that is shown at a time; 0.2 = a fifth."),
    ] = Decimal("0.2")
    twap_slices: Annotated[int, Field(ge=1, le=1_000, description="Slices of a TWAP.")] = 6
    twap_duration_s: Annotated[
        int, Field(ge=1, le=604_800, description="Over how long the slices of a TWAP are spread (seconds).")
    ] = 300
    twap_order: Annotated[
        Literal["market", "limit"], Field(description="Slices take the market, or wait at their own best price.")
    ] = "market"
    run_away_fraction: Annotated[
        Bound, Field(description="A TWAP sends no more once the price is this much worse than the signal's.")
    ] = Decimal("0.005")
    oco_dip_fraction: Annotated[Bound, Field(description="How much better the limit leg of an OCO pair waits.")] = (
        Decimal("0.002")
    )
    oco_breakout_fraction: Annotated[
        Bound, Field(description="How much worse than the signal's price the trigger leg of an OCO pair is.")
    ] = Decimal("0.002")

    @model_validator(mode="after")
    def _no_contradictions(self) -> Self:
        contradiction = contradiction_of(self)
        if contradiction is not None:
            raise PydanticCustomError("entry_contradiction", "{text}", {"text": contradiction})
        return self


class EntryOverride(EntryConfig):
    """What one symbol changes about its entries; keys that are not given are the bot's."""

    @model_validator(mode="after")
    def _no_contradictions(self) -> Self:
        return self  # only what comes of it together with the bot's keys can contradict itself


def merge_entry(entry: EntryConfig, own: EntryOverride) -> EntryConfig:
    """The bot's settings with those of a symbol over them. Raises ValidationError where they contradict each other."""
    return EntryConfig.model_validate(_merged(entry, own))


def check_own_entry(entry: EntryConfig, own: EntryOverride, at: str) -> None:
    """Raise PydanticCustomError, which says where, if a symbol's keys contradict the bot's."""
    contradiction = contradiction_of(entry.model_copy(update={key: getattr(own, key) for key in own.model_fields_set}))
    if contradiction is not None:
        raise PydanticCustomError("entry_contradiction", "{text}", {"text": contradiction, "at": at})


def contradiction_of(entry: EntryConfig) -> str | None:
    """Why the keys can not all be meant."""
    first, last = entry.layers_first_fraction, entry.layers_last_fraction
    if last < first or (entry.layers > 1 and last == first):
        return f"layers_last_fraction {last} must be above layers_first_fraction {first}"
    if entry.twap_slices * PAUSE_MIN_S > entry.twap_duration_s:
        return f"twap_slices {entry.twap_slices} are more than one in a second over {entry.twap_duration_s} seconds"
    return None


def _merged(entry: EntryConfig, own: EntryOverride) -> dict[str, object]:
    return {**entry.model_dump(), **{key: getattr(own, key) for key in own.model_fields_set}}
