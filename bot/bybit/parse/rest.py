"""What only queries answer: trading rules, fee rates, and what symbols are chosen by."""

from decimal import Decimal

from bot.bybit.parse.fields import ParseError, Row, decimal, decimal_or_zero, price_or_none, section, text, time_ms
from bot.domain.instrument import Instrument
from bot.domain.messages import BestPricesLoaded, ContractRow, TickerRow
from bot.domain.values import Symbol

UNBOUNDED = Decimal("Infinity")


def instrument(row: Row) -> Instrument:
    """The trading rules of a linear contract (Bybit V5 docs, market/instruments-info).

    ``{"symbol": "BTCUSDT", "contractType": "LinearPerpetual", "status": "Trading", "settleCoin": "USDT",
    "leverageFilter": {"minLeverage": "1", "maxLeverage": "100.00", "leverageStep": "0.01"},
    "priceFilter": {"tickSize": "0.10", ...}, "lotSizeFilter": {"minNotionalValue": "5", "maxOrderQty": "1190.000",
    "maxMktOrderQty": "500.000", "minOrderQty": "0.001", "qtyStep": "0.001", ...}, ...}``
    """
    prices, lots, leverage = section(row, "priceFilter"), section(row, "lotSizeFilter"), section(row, "leverageFilter")
    max_qty = decimal(lots, "maxOrderQty")
    return Instrument(
        symbol=Symbol(text(row, "symbol")),
        settle_coin=text(row, "settleCoin"),
        status=text(row, "status"),
        tick_size=decimal(prices, "tickSize"),
        qty_step=decimal(lots, "qtyStep"),
        min_order_qty=decimal(lots, "minOrderQty"),
        max_order_qty=max_qty,
        max_market_order_qty=decimal_or_zero(lots, "maxMktOrderQty") or max_qty,
        min_notional=decimal_or_zero(lots, "minNotionalValue"),
        min_leverage=decimal(leverage, "minLeverage"),
        max_leverage=decimal(leverage, "maxLeverage"),
        leverage_step=decimal(leverage, "leverageStep"),
        min_price=decimal_or_zero(prices, "minPrice"),
        max_price=decimal_or_zero(prices, "maxPrice") or UNBOUNDED,
        post_only_max_order_qty=decimal_or_zero(lots, "postOnlyMaxOrderQty") or UNBOUNDED,
    )


def fee_rates(row: Row) -> tuple[Symbol, Decimal, Decimal]:
    """Symbol, taker rate and maker rate (Bybit V5 docs, account/fee-rate).

    ``{"symbol": "BTCUSDT", "takerFeeRate": "0.00055", "makerFeeRate": "0.0002"}``
    """
    return (Symbol(text(row, "symbol")), decimal(row, "takerFeeRate"), decimal(row, "makerFeeRate"))


def best_prices(row: Row) -> BestPricesLoaded:
    """The best bid and ask of a symbol (Bybit V5 docs, market/tickers); for the fields see ``ticker_row``."""
    bid, ask = decimal(row, "bid1Price"), decimal(row, "ask1Price")
    if not 0 < bid <= ask:
        raise ParseError(f"bid {bid} and ask {ask} are no best prices")
    return BestPricesLoaded(Symbol(text(row, "symbol")), bid, ask)


def contract_row(row: Row) -> ContractRow:
    """What kind of contract a symbol is (Bybit V5 docs, market/instruments-info); for the fields see ``instrument``."""
    return ContractRow(
        symbol=Symbol(text(row, "symbol")),
        contract_type=text(row, "contractType"),
        status=text(row, "status"),
        settle_coin=text(row, "settleCoin"),
        launch_ms=time_ms(row, "launchTime"),
    )


def ticker_row(row: Row) -> TickerRow:
    """A contract's last day (Bybit V5 docs, market/tickers). Where nothing was traded or quoted, fields are empty.

    ``{"symbol": "BTCUSDT", "lastPrice": "60000.1", "highPrice24h": "61000", "lowPrice24h": "59000", "turnover24h":
    "8000000000.5", "openInterestValue": "3000000000", "bid1Price": "60000", "ask1Price": "60000.1", ...}``
    """
    fields = ("lastPrice", "bid1Price", "ask1Price", "highPrice24h", "lowPrice24h", "turnover24h", "openInterestValue")
    return TickerRow(Symbol(text(row, "symbol")), *(price_or_none(row, name) or 0.0 for name in fields))
