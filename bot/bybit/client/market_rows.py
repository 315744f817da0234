"""What market data are made of."""

from decimal import Decimal

import msgspec

from bot.bybit.client.values import Row
from bot.domain.values import Side


class ServerTime(Row, frozen=True):
    """The exchange's clock."""

    time_second: int
    """Seconds since 1970."""
    time_nano: int
    """Nanoseconds since 1970."""


class Bar(msgspec.Struct, frozen=True, array_like=True):
    """One bar; volume (base coin, USD for inverse) and turnover are None for mark, index and premium prices."""

    start_ms: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal | None = None
    turnover: Decimal | None = None


class LeverageFilter(Row, frozen=True):
    """Bounds of leverage."""

    min_leverage: Decimal | None = None
    max_leverage: Decimal | None = None
    leverage_step: Decimal | None = None


class PriceFilter(Row, frozen=True):
    """Bounds and step of prices."""

    tick_size: Decimal
    min_price: Decimal | None = None
    max_price: Decimal | None = None


class LotSizeFilter(Row, frozen=True):
    """Bounds and step of quantities; spot has precisions and amounts instead of steps."""

    min_order_qty: Decimal | None = None
    max_order_qty: Decimal | None = None
    max_mkt_order_qty: Decimal | None = None
    qty_step: Decimal | None = None
    min_notional_value: Decimal | None = None
    base_precision: Decimal | None = None
    quote_precision: Decimal | None = None
    min_order_amt: Decimal | None = None


class InstrumentRow(Row, frozen=True):
    """The rules of one market."""

    symbol: str
    status: str
    base_coin: str
    quote_coin: str
    price_filter: PriceFilter
    lot_size_filter: LotSizeFilter
    leverage_filter: LeverageFilter | None = None
    contract_type: str = ""
    settle_coin: str = ""
    launch_time_ms: int | None = None
    funding_interval: int | None = None
    """Minutes between two fundings."""


class Ticker(Row, frozen=True):
    """The last day of a market; fields of derivatives are None for spot."""

    symbol: str
    last_price: Decimal | None = None
    mark_price: Decimal | None = None
    index_price: Decimal | None = None
    bid_price: Decimal | None = msgspec.field(name="bid1Price", default=None)
    bid_size: Decimal | None = msgspec.field(name="bid1Size", default=None)
    ask_price: Decimal | None = msgspec.field(name="ask1Price", default=None)
    ask_size: Decimal | None = msgspec.field(name="ask1Size", default=None)
    high_price_24h: Decimal | None = None
    low_price_24h: Decimal | None = None
    volume_24h: Decimal | None = None
    turnover_24h: Decimal | None = None
    open_interest: Decimal | None = None
    funding_rate: Decimal | None = None
    next_funding_time_ms: int | None = None


class BookLevel(msgspec.Struct, frozen=True, array_like=True):
    """Price and the quantity that rests there."""

    price: Decimal
    qty: Decimal


class Book(Row, frozen=True):
    """An order book, best prices first."""

    symbol: str = msgspec.field(name="s")
    bids: tuple[BookLevel, ...] = msgspec.field(name="b")
    asks: tuple[BookLevel, ...] = msgspec.field(name="a")
    ts_ms: int
    update_id: int = msgspec.field(name="u")
    seq: int = 0


class PublicTradeRow(Row, frozen=True):
    """One public trade; the side is the taker's."""

    exec_id: str
    symbol: str
    price: Decimal
    size: Decimal
    side: Side
    time_ms: int
    is_block_trade: bool = False


class FundingRate(Row, frozen=True):
    """What longs paid shorts at one settlement, as a fraction of the position's value."""

    symbol: str
    funding_rate: Decimal
    funding_rate_timestamp_ms: int


class OpenInterest(Row, frozen=True):
    """Open interest of both sides together: base coin, USD for inverse."""

    open_interest: Decimal
    timestamp_ms: int


class RiskLimit(Row, frozen=True):
    """A tier of the margin that positions of some value need. Rates are fractions or per cent, as Bybit likes."""

    id: int
    symbol: str
    risk_limit_value: Decimal
    maintenance_margin: Decimal
    initial_margin: Decimal
    max_leverage: Decimal
    is_lowest_risk: int = 0
    mm_deduction: Decimal | None = None


class InsurancePool(Row, frozen=True):
    """An insurance pool: balance in coin, value in USD."""

    coin: str
    balance: Decimal
    value: Decimal | None = None
    symbols: str = ""


class PriceLimit(Row, frozen=True):
    """The highest price at which may be bought and the lowest at which may be sold."""

    symbol: str
    buy_limit: Decimal = msgspec.field(name="buyLmt")
    sell_limit: Decimal = msgspec.field(name="sellLmt")
    ts_ms: int | None = None


class AdlAlert(Row, frozen=True):
    """How near an insurance pool is to automatic deleveraging."""

    coin: str
    symbol: str
    balance: Decimal | None = None
    max_balance: Decimal | None = None
    pnl_ratio: Decimal | None = None
    insurance_pnl_ratio: Decimal | None = None
    adl_trigger_threshold: Decimal | None = None
    adl_stop_ratio: Decimal | None = None


class AccountRatio(Row, frozen=True):
    """Fractions of the accounts that are long and short."""

    symbol: str
    buy_ratio: Decimal
    sell_ratio: Decimal
    timestamp_ms: int


class DeliveryPrice(Row, frozen=True):
    """At which price a contract was delivered."""

    symbol: str
    delivery_price: Decimal
    delivery_time_ms: int
