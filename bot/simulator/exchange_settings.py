"""What the core of the exchange is made with."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class AccountSeed:
    """An account and the USDT in its wallet at the start."""

    id: str
    starting_balance: Decimal


@dataclass(frozen=True, slots=True)
class ExchangeSettings:
    """Rules of the exchange that are not the market's.

    Attributes:
        accounts: every account there is.
        taker_fee_rate, maker_fee_rate: fraction of the traded value; a negative rate is a rebate.
        seed: of book sizes and of order, execution and frame ids.
        detail_step_ms: how often the market moves inside a bar when it is played in detail.
    """

    accounts: tuple[AccountSeed, ...]
    taker_fee_rate: Decimal = Decimal("0.00055")
    maker_fee_rate: Decimal = Decimal("0.0002")
    seed: int = 0
    detail_step_ms: int = 1000
