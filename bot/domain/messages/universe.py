"""Which symbols are traded: what the choice is made from, and what follows from it."""

import msgspec

from bot.domain.messages.base import Message
from bot.domain.messages.system import Stream
from bot.domain.values import Symbol, TimeMs


class TickerRow(msgspec.Struct, frozen=True, gc=False):
    """A contract's last day at a glance; prices in quote, turnover and open interest as their value in quote coin.

    Floats: nothing but a choice of symbols is made from them. Prices are 0 where the exchange shows none.
    """

    symbol: Symbol
    last_price: float
    bid_price: float
    ask_price: float
    high_price_24h: float
    low_price_24h: float
    turnover_24h: float
    open_interest_value: float


class ContractRow(msgspec.Struct, frozen=True, gc=False):
    """What kind of contract a symbol is, and since when it is listed."""

    symbol: Symbol
    contract_type: str
    status: str
    settle_coin: str
    launch_ms: TimeMs


class TickersLoaded(Message, frozen=True, gc=False):
    """The tickers of all contracts of the category."""

    rows: tuple[TickerRow, ...]


class ContractsLoaded(Message, frozen=True, gc=False):
    """All contracts of the category that trade."""

    rows: tuple[ContractRow, ...]


class LoadHeldSymbols(Message, frozen=True, gc=False):
    """The universe wants to know what an earlier run may have left open."""


class HeldSymbolsLoaded(Message, frozen=True, gc=False):
    """The symbols in which the books show a position, or an order that is not over."""

    symbols: tuple[Symbol, ...]


class UniverseChanged(Message, frozen=True, gc=False):
    """Symbols come and go. ``kept_until_flat`` left the choice, but something in them is still open.

    ``reasons`` says of every symbol that is not chosen why.
    """

    time_ms: TimeMs
    added: tuple[Symbol, ...]
    removed: tuple[Symbol, ...]
    kept_until_flat: tuple[Symbol, ...]
    reasons: tuple[tuple[Symbol, str], ...]


class SymbolsChanged(Message, frozen=True, gc=False):
    """The actors of the added symbols are there and have begun; those of the removed ones have ended."""

    time_ms: TimeMs
    added: tuple[Symbol, ...]
    removed: tuple[Symbol, ...]


class StreamJoined(Message, frozen=True, gc=False):
    """A living stream now carries the news of a symbol that was added."""

    symbol: Symbol
    stream: Stream
    now_ms: TimeMs


class SymbolLeaving(Message, frozen=True, gc=False):
    """A symbol is given up once it is flat, and nothing new is begun until then; or (False) it stays after all."""

    symbol: Symbol
    leaving: bool


class SymbolIdle(Message, frozen=True, gc=False):
    """A symbol that is leaving has no position and no order any more."""

    symbol: Symbol


class SymbolUnusable(Message, frozen=True, gc=False):
    """The exchange does not let this account trade a symbol that rules have chosen."""

    symbol: Symbol
    reason: str
