"""What the bot asks of the exchange. Every request goes through the rate limiter and is done by one worker."""

from decimal import Decimal

from bot.domain.messages.base import Message
from bot.domain.messages.orders import PlaceOrder
from bot.domain.values import Address, OrderLinkId, Symbol, TimeMs


class CancelOrder(Message, frozen=True, gc=False):
    """Cancel one order of the bot's."""

    symbol: Symbol
    order_link_id: OrderLinkId


class CancelAllOrders(Message, frozen=True, gc=False):
    """Cancel every resting order of a symbol, conditional ones and the stops of a position not among them."""

    symbol: Symbol


class AmendOrder(Message, frozen=True, gc=False):
    """Change a working order in place; None leaves a value as it is. ``qty`` is the whole quantity, fills included."""

    symbol: Symbol
    order_link_id: OrderLinkId
    qty: Decimal | None = None
    price: Decimal | None = None
    trigger_price: Decimal | None = None


class SetTradingStop(Message, frozen=True, gc=False):
    """Set stop and target of the whole position (Bybit: trading-stop, full mode); None leaves one as it is.

    ``trailing_distance`` (in quote per base) makes the exchange trail, from ``active_price`` on if that is given.
    """

    symbol: Symbol
    stop_loss: Decimal | None
    take_profit: Decimal | None
    trailing_distance: Decimal | None = None
    active_price: Decimal | None = None
    position_idx: int = 0


class SetLeverage(Message, frozen=True, gc=False):
    """Set the leverage of a symbol, both sides alike."""

    symbol: Symbol
    leverage: Decimal


class SwitchPositionMode(Message, frozen=True, gc=False):
    """Set one-way mode, or with ``hedge`` two positions a symbol, for every contract of a coin."""

    coin: str
    hedge: bool = False


class SwitchMarginMode(Message, frozen=True, gc=False):
    """Set the margin mode of the whole account, as Bybit spells it: REGULAR_MARGIN or ISOLATED_MARGIN."""

    mode: str


class FetchInstrument(Message, frozen=True, gc=False):
    """Read the trading rules of a symbol."""

    symbol: Symbol


class FetchCandles(Message, frozen=True, gc=False):
    """Read the newest ``limit`` bars of a symbol, the forming one included.

    With ``is_check`` nobody waits for the answer: it is compared with what is known, and may be late or fail.
    """

    symbol: Symbol
    interval: str
    limit: int
    is_check: bool = False


class FetchPosition(Message, frozen=True, gc=False):
    """Read the position of a symbol; in hedge mode that of one side (Bybit: positionIdx 1 long, 2 short)."""

    symbol: Symbol
    position_idx: int = 0


class FetchOpenOrders(Message, frozen=True, gc=False):
    """Read all open orders of a symbol."""

    symbol: Symbol


class FetchPositions(Message, frozen=True, gc=False):
    """Read the positions of all symbols that settle in a coin: the regular check of what the stream has told."""

    coin: str


class FetchWorkingOrders(Message, frozen=True, gc=False):
    """Read the open orders of all symbols that settle in a coin: the regular check of what the stream has told."""

    coin: str


class FetchOrder(Message, frozen=True, gc=False):
    """Find one order by its id: among open and recent ones first, then in the history."""

    symbol: Symbol
    order_link_id: OrderLinkId


class FetchBestPrices(Message, frozen=True, gc=False):
    """Read the best bid and ask of a symbol: asked only while an entry in several orders has to decide on them."""

    symbol: Symbol


class FetchExecutions(Message, frozen=True, gc=False):
    """Read every execution of a symbol since a time."""

    symbol: Symbol
    since_ms: TimeMs


class FetchWallet(Message, frozen=True, gc=False):
    """Read the wallet of the unified account."""

    coin: str


class FetchTransfers(Message, frozen=True, gc=False):
    """Read what was moved into the account and out of it since a time."""

    coin: str
    since_ms: TimeMs


class FetchFeeRates(Message, frozen=True, gc=False):
    """Read the account's fee rates for all symbols of the category."""


class FetchTickers(Message, frozen=True, gc=False):
    """Read the tickers of all contracts of the category."""


class FetchContracts(Message, frozen=True, gc=False):
    """Read which contracts of the category there are."""


type Request = (
    PlaceOrder
    | AmendOrder
    | CancelOrder
    | CancelAllOrders
    | SetTradingStop
    | SetLeverage
    | SwitchPositionMode
    | SwitchMarginMode
    | FetchInstrument
    | FetchCandles
    | FetchPosition
    | FetchOpenOrders
    | FetchPositions
    | FetchWorkingOrders
    | FetchOrder
    | FetchBestPrices
    | FetchExecutions
    | FetchWallet
    | FetchTransfers
    | FetchFeeRates
    | FetchTickers
    | FetchContracts
)


class ExecuteRequest(Message, frozen=True, gc=False):
    """The rate limiter lets one worker do one request."""

    worker: int
    request: Request


class WorkerIdle(Message, frozen=True, gc=False):
    """A worker is done; ``retry_after_ms`` is set when Bybit said that it was asked too often."""

    worker: int
    retry_after_ms: int | None = None


class RequestFailed(Message, frozen=True, gc=False):
    """A query or setting did not succeed; ``transient`` when asking again later makes sense.

    Orders never fail this way: see OrderRefused and OrderOutcomeUnknown.
    """

    to: Address
    request: Request
    code: int
    text: str
    transient: bool
