"""The markets of a mirror: their rules, their last thousand minutes and the topics they have, from the upstream."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

import numpy as np

from bot.simulator.feeds.bars import Bars
from bot.simulator.feeds.contract import FeedError
from bot.simulator.frames.frame import BOOK, TICKERS, TRADES, split_topic
from bot.simulator.frames.upstream_rest import UpstreamRest
from bot.simulator.instruments import Instrument, category_of, make_instrument, symbol_of
from bot.simulator.intervals import INTERVALS, MINUTE_MS
from bot.simulator.numbers import ZERO
from bot.simulator.risk_tiers import RiskTier

BOOK_DEPTH: Final = "50"
"""The deepest book that Bybit sends every 20 ms."""
DEPTHS: Final = ("1", "50", "200", "1000")
HISTORY_BARS: Final = "1000"
THREADS: Final = 8


class MirrorFeed:
    """What is asked of the upstream once, at the start. Construction blocks.

    Args:
        rest: the upstream.
        symbols: market ids; each must be one that the upstream has.

    Raises:
        FeedError: the upstream does not answer, or has no such market.
    """

    def __init__(self, rest: UpstreamRest, symbols: Sequence[str]) -> None:
        self.symbols = tuple(symbols)
        self.interval_ms = MINUTE_MS
        self.end_ms: int | None = None
        self.rest = rest
        self.wanted: Callable[[str, str], None] | None = None
        """Called with the market id and topic that somebody has subscribed to."""
        self._prices: dict[str, Decimal] = {}
        self._instruments: dict[str, Instrument] = {}
        self._bars: dict[str, Bars] = {}
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(self._fetch, symbols, range(1, len(symbols) + 1)))  # raises what one of them raised
        self.start_ms = max(bars.start[-1] for bars in self._bars.values())

    def instrument(self, symbol: str) -> Instrument:
        return self._instruments[symbol]

    def bars(self, symbol: str) -> Bars:
        return self._bars[symbol]

    def extend(self) -> bool:
        return False

    def first_price(self, symbol: str) -> Decimal:
        return self._prices[symbol]

    def book_topic(self, symbol: str) -> str:
        return f"{BOOK}.{BOOK_DEPTH}.{symbol_of(symbol)}"

    def first_topics(self, symbol: str) -> list[str]:
        """What is subscribed from the start: all that orders depend on."""
        name = symbol_of(symbol)
        return [self.book_topic(symbol), f"{TRADES}.{name}", f"{TICKERS}.{name}"]

    def has_topic(self, symbol: str, topic: str) -> bool:
        kind, detail, name = split_topic(topic)
        if name != symbol_of(symbol):
            return False
        match kind:
            case "orderbook":
                return detail in DEPTHS
            case "kline":
                return detail in INTERVALS
            case "publicTrade" | "tickers" | "priceLimit":
                return not detail
            case "allLiquidation":
                return not detail and category_of(symbol) != "spot"
            case _:
                return False

    def want(self, symbol: str, topic: str) -> None:
        if self.wanted is not None:
            self.wanted(symbol, topic)

    def _fetch(self, market: str, number: int) -> None:
        """Rules, price and history of one market."""
        named = {"category": category_of(market), "symbol": symbol_of(market)}
        try:
            [row] = self.rest.result("/v5/market/instruments-info", **named)["list"]
            [ticker] = self.rest.result("/v5/market/tickers", **named)["list"]
            rows = self.rest.result("/v5/market/kline", **named, interval="1", limit=HISTORY_BARS)["list"]
            tiers = []
            if named["category"] != "spot":
                tiers = self.rest.result("/v5/market/risk-limit", **named)["list"]
            price = Decimal(ticker["lastPrice"])
            rules = make_instrument(market, number, float(price))
            self._instruments[market] = (
                _spot(rules, row) if named["category"] == "spot" else _contract(rules, row, tiers)
            )
            self._bars[market] = _history(rows)
        except (KeyError, ValueError, ArithmeticError, TypeError, IndexError) as error:
            raise FeedError(f"upstream: what it says of {market} cannot be used: {error!r}") from None
        self._prices[market] = price


def _contract(rules: Instrument, row: dict[str, Any], tiers: list[dict[str, Any]]) -> Instrument:
    lot, risk = row["lotSizeFilter"], row.get("riskParameters") or {}
    leverage = Decimal(row["leverageFilter"]["maxLeverage"])
    return replace(
        _common(rules, row, risk),
        qty_step=Decimal(lot["qtyStep"]),
        min_qty=Decimal(lot["minOrderQty"]),
        max_qty=Decimal(lot["maxOrderQty"]),
        max_market_qty=Decimal(lot.get("maxMktOrderQty") or lot["maxOrderQty"]),
        min_notional=Decimal(lot.get("minNotionalValue") or 0),
        max_leverage=leverage,
        launch_ms=int(row["launchTime"]),
        funding_cap=Decimal(row.get("upperFundingRate") or rules.funding_cap),
        funding_interval_min=int(row["fundingInterval"]),
        risk_tiers=_tiers(tiers) or rules.risk_tiers,
    )


def _spot(rules: Instrument, row: dict[str, Any]) -> Instrument:
    lot, risk = row["lotSizeFilter"], row.get("riskParameters") or {}
    return replace(
        _common(rules, row, risk),
        qty_step=Decimal(lot["basePrecision"]),
        quote_precision=Decimal(lot["quotePrecision"]),
        min_qty=Decimal(lot.get("minOrderQty") or lot["basePrecision"]),
        max_qty=Decimal(lot.get("maxLimitOrderQty") or lot.get("maxOrderQty") or rules.max_qty),
        max_market_qty=Decimal(lot.get("maxMarketOrderQty") or rules.max_market_qty),
        min_notional=Decimal(lot["minOrderAmt"]),
        max_notional=Decimal(lot.get("maxOrderAmt") or rules.max_notional),
    )


def _common(rules: Instrument, row: dict[str, Any], risk: dict[str, Any]) -> Instrument:
    return replace(
        rules,
        symbol_id=int(row.get("symbolId") or rules.symbol_id),
        base_coin=row["baseCoin"],
        quote_coin=row["quoteCoin"],
        tick_size=Decimal(row["priceFilter"]["tickSize"]),
        price_limit_x=Decimal(risk.get("priceLimitRatioX") or rules.price_limit_x),
        price_limit_y=Decimal(risk.get("priceLimitRatioY") or rules.price_limit_y),
    )


def _tiers(rows: list[dict[str, Any]]) -> tuple[RiskTier, ...]:
    """By size; Bybit gives them in order, but that is not promised."""
    tiers = [
        RiskTier(
            limit_value=Decimal(row["riskLimitValue"]),
            maintenance_rate=Decimal(row["maintenanceMargin"]),
            initial_rate=Decimal(row["initialMargin"]),
            max_leverage=Decimal(row["maxLeverage"]),
            mm_deduction=Decimal(row.get("mmDeduction") or ZERO),
        )
        for row in rows
    ]
    return tuple(sorted(tiers, key=lambda tier: tier.limit_value))


def _history(rows: list[list[str]]) -> Bars:
    """Candles as REST gives them, newest first; the newest is the one under way."""
    table = np.array([[float(text) for text in row] for row in reversed(rows)])
    bars = Bars()
    starts = [int(row[0]) for row in reversed(rows)]
    bars.append(starts, table[:, 1], table[:, 2], table[:, 3], table[:, 4], table[:, 5])
    bars.turnover[:] = table[:, 6].tolist()
    return bars
