"""Money."""

from decimal import Decimal

from bot.domain.messages.base import Message
from bot.domain.values import Symbol, TimeMs


class WalletUpdate(Message, frozen=True, gc=False):
    """The unified account, from the wallet stream or by REST; amounts in the settle coin."""

    time_ms: TimeMs
    coin: str
    wallet_balance: Decimal
    equity: Decimal
    available_balance: Decimal
    by_rest: bool = False
    initial_margin_rate: Decimal | None = None
    """Bybit ``accountIMRate`` and ``accountMMRate``: margin in use over the margin balance; None where not told."""
    maintenance_margin_rate: Decimal | None = None


class FeeRatesLoaded(Message, frozen=True, gc=False):
    """Fee rates of the account as (symbol, taker, maker)."""

    rates: tuple[tuple[Symbol, Decimal, Decimal], ...]


class PositionModeAnswered(Message, frozen=True, gc=False):
    """Bybit's answer to SwitchPositionMode: 0 or 110025 (not modified) is success."""

    code: int
    text: str


class MarginModeAnswered(Message, frozen=True, gc=False):
    """Bybit's answer to SwitchMarginMode: 0 or 3400045 (not modified) is success."""

    code: int
    text: str


class EquityChanged(Message, frozen=True, gc=False):
    """Equity marked to the latest prices, in the settle coin.

    ``open_risk`` is what is lost if every open position is stopped at its stop.
    """

    time_ms: TimeMs
    wallet_balance: Decimal
    unrealised_pnl: Decimal
    equity: Decimal
    open_risk: Decimal
    open_positions: int
