"""Rules of the contracts that the simulated exchange trades: USDT-settled linear perpetuals."""

import math
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from bot.simulator.instrument_table import RULES, Rule
from bot.simulator.numbers import plain

MIN_NOTIONAL_USDT = Decimal(5)
LEVERAGE_STEP = Decimal("0.01")
FUNDING_INTERVAL_MIN = 480
DEFAULT_LAUNCH_MS = 1_640_995_200_000
MAX_DECIMALS = 8


@dataclass(frozen=True, slots=True)
class Instrument:
    """One contract. Quantities in base coin, prices in USDT, rates as fractions."""

    symbol: str
    symbol_id: int
    base_coin: str
    tick_size: Decimal
    qty_step: Decimal
    min_qty: Decimal
    max_qty: Decimal
    max_market_qty: Decimal
    max_leverage: Decimal
    price_limit_x: Decimal
    price_limit_y: Decimal
    launch_ms: int
    funding_cap: Decimal
    risk_limit_value: Decimal

    @property
    def maintenance_rate(self) -> Decimal:
        """Of the lowest risk tier: half the initial margin rate at full leverage (BTCUSDT: 1 % and 0.5 %)."""
        return Decimal("0.5") / self.max_leverage

    @property
    def max_price(self) -> Decimal:
        return self.tick_size * 19_999_998

    @property
    def price_scale(self) -> int:
        return max(0, -int(self.tick_size.normalize().as_tuple().exponent))

    def row(self) -> dict[str, Any]:
        """The row of market/instruments-info."""
        return {
            "symbol": self.symbol,
            "symbolId": self.symbol_id,
            "contractType": "LinearPerpetual",
            "status": "Trading",
            "baseCoin": self.base_coin,
            "quoteCoin": "USDT",
            "settleCoin": "USDT",
            "symbolType": "",
            "launchTime": str(self.launch_ms),
            "deliveryTime": "0",
            "deliveryFeeRate": "",
            "priceScale": str(self.price_scale),
            "leverageFilter": {
                "minLeverage": "1",
                "maxLeverage": f"{self.max_leverage:.2f}",
                "leverageStep": plain(LEVERAGE_STEP),
            },
            "priceFilter": {
                "minPrice": plain(self.tick_size),
                "maxPrice": plain(self.max_price),
                "tickSize": plain(self.tick_size),
            },
            "lotSizeFilter": {
                "minNotionalValue": plain(MIN_NOTIONAL_USDT),
                "maxOrderQty": plain(self.max_qty),
                "maxMktOrderQty": plain(self.max_market_qty),
                "minOrderQty": plain(self.min_qty),
                "qtyStep": plain(self.qty_step),
                "postOnlyMaxOrderQty": plain(self.max_qty),
            },
            "unifiedMarginTrade": True,
            "fundingInterval": FUNDING_INTERVAL_MIN,
            "copyTrading": "both",
            "upperFundingRate": plain(self.funding_cap),
            "lowerFundingRate": plain(-self.funding_cap),
            "displayName": "",
            "forbidUplWithdrawal": False,
            "riskParameters": {
                "priceLimitRatioX": plain(self.price_limit_x),
                "priceLimitRatioY": plain(self.price_limit_y),
            },
            "isPreListing": False,
            "preListingInfo": None,
        }


def make_instrument(symbol: str, symbol_id: int, price: float) -> Instrument:
    """The rules of `symbol`: real ones where known, otherwise fitting to `price` (USDT)."""
    rule = RULES.get(symbol) or _rule_for(price)
    return Instrument(
        symbol=symbol,
        symbol_id=symbol_id,
        base_coin=symbol.removesuffix("USDT") or symbol,
        tick_size=Decimal(rule.tick_size),
        qty_step=Decimal(rule.qty_step),
        min_qty=Decimal(rule.qty_step),
        max_qty=Decimal(rule.max_qty),
        max_market_qty=Decimal(rule.max_market_qty),
        max_leverage=Decimal(rule.max_leverage),
        price_limit_x=Decimal(rule.price_limit_x),
        price_limit_y=Decimal(rule.price_limit_x) * 2,
        launch_ms=rule.launch_ms or DEFAULT_LAUNCH_MS,
        funding_cap=Decimal("0.005"),
        risk_limit_value=Decimal(rule.risk_limit_value),
    )


def with_finer_tick(instrument: Instrument) -> Instrument:
    """The same rules at a tenth of the tick, for recorded prices that are finer than today's tick."""
    return replace(instrument, tick_size=instrument.tick_size / 10)


def _rule_for(price: float) -> Rule:
    """Five significant digits of price, a quantity step worth less than one USDT."""
    magnitude = math.floor(math.log10(price))
    tick_exponent = max(magnitude - 4, -MAX_DECIMALS)
    step_exponent = -magnitude - 1
    step = Decimal(1).scaleb(min(step_exponent, 3))
    largest = Decimal(1).scaleb(6 + step_exponent)
    return Rule(
        tick_size=str(Decimal(1).scaleb(tick_exponent)),
        qty_step=str(step),
        max_qty=str(max(largest, step)),
        max_market_qty=str(max(largest / 5, step)),
        max_leverage="25",
        price_limit_x="0.05",
        launch_ms=0,
        risk_limit_value="200000",
    )
