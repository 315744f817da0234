"""What the core of the exchange is made with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class AccountSeed:
    """An account and what is in its wallet at the start: USDT, and other coins by name."""

    id: str
    starting_balance: Decimal
    coins: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ExchangeSettings:
    """Rules of the exchange that are not the market's.

    Attributes:
        accounts: every account there is.
        taker_fee_rate, maker_fee_rate: fraction of the traded value; a negative rate is a rebate.
        spot_taker_fee_rate, spot_maker_fee_rate: the same for pairs.
        insurance: what the insurance fund begins with, of each settle coin.
        seed: of book sizes and of order, execution and frame ids.
        detail_step_ms: how often the market moves inside a bar when it is played in detail.
    """

    accounts: tuple[AccountSeed, ...]
    taker_fee_rate: Decimal = Decimal("0.00055")
    maker_fee_rate: Decimal = Decimal("0.0002")
    spot_taker_fee_rate: Decimal = Decimal("0.001")
    spot_maker_fee_rate: Decimal = Decimal("0.001")
    insurance: Decimal = Decimal(1_000_000)
    seed: int = 0
    detail_step_ms: int = 1000
