"""How an entry is made, as the configuration or a strategy wants it."""

from decimal import Decimal
from enum import StrEnum

import msgspec

from bot.domain.values import ZERO


class EntryKind(StrEnum):
    """Which orders an approved entry becomes."""

    MARKET = "market"
    LIMIT = "limit"
    POST_ONLY = "post_only"
    CONDITIONAL = "conditional"
    LAYERED = "layered"
    ICEBERG = "iceberg"
    TWAP = "twap"
    OCO = "oco"


class Then(StrEnum):
    """What becomes of a resting entry whose time is over."""

    CANCEL = "cancel"
    CHASE = "chase"
    CONVERT = "convert"


class SizeProfile(StrEnum):
    """How the quantity is spread over the orders of a layered entry, from the nearest to the farthest."""

    FLAT = "flat"
    RISING = "rising"
    FALLING = "falling"


class EntryPolicy(msgspec.Struct, frozen=True):
    """Every setting of every kind; each kind reads its own. Fractions are of the price at which the signal was given.

    ``slippage_fraction`` bounds market orders by the best price of the moment, None leaves them unbounded.
    """

    kind: EntryKind = EntryKind.MARKET
    slippage_fraction: Decimal | None = None
    offset_fraction: Decimal = ZERO
    trigger_fraction: Decimal = Decimal("0.001")
    expiry_ms: int = 60_000
    then: Then = Then.CANCEL
    chase_interval_ms: int = 5_000
    chase_moves_max: int = 5
    chase_fraction_max: Decimal = Decimal("0.002")
    requotes_max: int = 5
    layers: int = 4
    layers_first_fraction: Decimal = Decimal("0.0005")
    layers_last_fraction: Decimal = Decimal("0.003")
    layers_profile: SizeProfile = SizeProfile.FLAT
    show_fraction: Decimal = Decimal("0.2")
    twap_slices: int = 6
    twap_duration_ms: int = 300_000
    twap_market: bool = True
    run_away_fraction: Decimal = Decimal("0.005")
    oco_dip_fraction: Decimal = Decimal("0.002")
    oco_breakout_fraction: Decimal = Decimal("0.002")
