"""Money."""

from decimal import Decimal
from enum import StrEnum

import msgspec

from bot.domain.messages.base import Message
from bot.domain.messages.orders import TradeClosed
from bot.domain.values import Address, Side, Symbol, TimeMs


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


class TransfersLoaded(Message, frozen=True, gc=False):
    """What was moved into the account, and out of it (negative): times and amounts in a coin, oldest first."""

    coin: str
    transfers: tuple[tuple[TimeMs, Decimal], ...]


class FeeRatesLoaded(Message, frozen=True, gc=False):
    """Fee rates of the account as (symbol, taker, maker)."""

    rates: tuple[tuple[Symbol, Decimal, Decimal], ...]


class PositionModeAnswered(Message, frozen=True, gc=False):
    """Bybit's answer to SwitchPositionMode: 0 or 110025 (not modified) is success."""

    code: int
    text: str


class MarginModeAnswered(Message, frozen=True, gc=False):
    """Bybit's answer to SwitchMarginMode: 0 or 110026 (not modified) is success; 3400045 is a failure."""

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


class WorkingEntriesTold(Message, frozen=True, gc=False):
    """What the orders of a symbol that may open or enlarge a position can still fill; ``qty`` 0: nothing.

    Told whenever a position manager synchronises, so that an account that was replaced knows what is on its way before
    it approves anything, and once more when the last of what was told has ended. ``price`` is None where only market
    orders are meant; with ``both_sides`` they are quotes.
    """

    symbol: Symbol
    side: Side
    qty: Decimal
    price: Decimal | None
    stop_price: Decimal | None
    leverage: Decimal
    both_sides: bool = False


class LoadTrades(Message, frozen=True, gc=False):
    """An actor wants the newest closed trades of the book, at most so many."""

    owner: Address
    newest: int


class TradesLoaded(Message, frozen=True, gc=False):
    """Closed trades of the book, oldest first."""

    to: Address
    trades: tuple[TradeClosed, ...]


class TradingMode(StrEnum):
    """What the bot may do: all; open nothing new; not even keep orders that open; nothing, not even hold a position."""

    RUNNING = "running"
    PAUSED = "paused"
    REDUCE_ONLY = "reduce_only"
    HALTED = "halted"


class GuardState(msgspec.Struct, frozen=True, gc=False):
    """A guard that keeps entries closed: why, and until when; None for until it is released by hand."""

    name: str
    reason: str
    until_ms: TimeMs | None


class AccountState(Message, frozen=True, gc=False):
    """In which mode the account is and which guards have closed it, whenever that changes."""

    time_ms: TimeMs
    mode: TradingMode
    mode_reason: str
    guards: tuple[GuardState, ...]
