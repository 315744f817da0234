"""Rules of what the simulated exchange trades: linear and inverse perpetuals and spot pairs."""

import math
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal, get_args

from bot.simulator.instrument_table import INVERSE_RULES, RULES, SPOT_RULES, Rule, SpotRule
from bot.simulator.numbers import ZERO
from bot.simulator.risk_tiers import LEVERAGE_STEP, RiskTier, make_risk_tiers

__all__ = ["CATEGORIES", "LEVERAGE_STEP", "Category", "Instrument", "RiskTier", "make_instrument", "market_id"]

Category = Literal["linear", "inverse", "spot"]
CATEGORIES: tuple[Category, ...] = get_args(Category)
Status = Literal["Trading", "PreLaunch", "Delivering", "Closed"]
"""Of a market, as instruments-info names them; new orders are taken in the first only."""

SPOT_PREFIX = "spot:"
MIN_NOTIONAL_USDT = Decimal(5)
FUNDING_INTERVAL_MIN = 480
DEFAULT_LAUNCH_MS = 1_640_995_200_000
MAX_DECIMALS = 8
MAX_PRICE_TICKS = 19_999_998
QUOTE_COINS = ("USDT", "USDC", "EUR", "BTC", "ETH")


@dataclass(frozen=True, slots=True)
class Instrument:
    """One contract or pair; prices in quote coin, rates as fractions.

    Quantities are in base coin, those of inverse contracts in USD. An inverse contract is settled in its base
    coin, a linear one in its quote coin. Funding and risk tiers are for contracts only; a spot pair has
    none of them, and only it has `quote_precision` and `max_notional`.

    Attributes:
        id: the market id: the symbol, with "spot:" before that of a pair.
        symbol: as V5 names it, unique within its category.
        min_notional: least value of an order, quote coin; 0 = there is no such rule (inverse).
        max_notional: largest value of an order of a spot pair, quote coin.
    """

    id: str
    symbol: str
    category: Category
    symbol_id: int
    base_coin: str
    quote_coin: str
    settle_coin: str
    tick_size: Decimal
    qty_step: Decimal
    min_qty: Decimal
    max_qty: Decimal
    max_market_qty: Decimal
    min_notional: Decimal
    max_leverage: Decimal
    price_limit_x: Decimal
    price_limit_y: Decimal
    launch_ms: int
    funding_cap: Decimal = ZERO
    funding_interval_min: int = FUNDING_INTERVAL_MIN
    risk_tiers: tuple[RiskTier, ...] = ()
    quote_precision: Decimal = ZERO
    max_notional: Decimal = ZERO

    @property
    def maintenance_rate(self) -> Decimal:
        """Of the lowest risk tier (BTCUSDT: 0.5 %)."""
        return self.risk_tiers[0].maintenance_rate if self.risk_tiers else ZERO

    @property
    def risk_limit_value(self) -> Decimal:
        """Of the lowest risk tier, in settle coin."""
        return self.risk_tiers[0].limit_value if self.risk_tiers else ZERO

    @property
    def max_price(self) -> Decimal:
        return self.tick_size * MAX_PRICE_TICKS

    @property
    def price_scale(self) -> int:
        return max(0, -int(self.tick_size.normalize().as_tuple().exponent))


def market_id(category: str, symbol: str) -> str:
    """How a market is called inside the exchange: V5 may give a pair and a contract the same symbol.

    That a market of this id exists, and that it is of this category, is another question.
    """
    return SPOT_PREFIX + symbol if category == "spot" else symbol


def category_of(market: str) -> Category:
    """The category that a market id names."""
    if market.startswith(SPOT_PREFIX):
        return "spot"
    return "inverse" if market.endswith("USD") else "linear"


def symbol_of(market: str) -> str:
    """The V5 symbol that a market id names."""
    return market.removeprefix(SPOT_PREFIX)


def coins_of(market: str) -> tuple[str, str]:
    """Base and quote coin of a market id; one that ends in no known quote coin is quoted in USDT, BTCPERP in USDC."""
    symbol = symbol_of(market)
    if symbol.endswith("PERP") and len(symbol) > len("PERP"):
        return symbol.removesuffix("PERP"), "USDC"
    for quote in ("USD",) if category_of(market) == "inverse" else QUOTE_COINS:
        if symbol.endswith(quote) and len(symbol) > len(quote):
            return symbol.removesuffix(quote), quote
    return symbol, "USDT"


def make_instrument(market: str, symbol_id: int, price: float) -> Instrument:
    """The rules of a market id: real ones where known, otherwise fitting to `price` (quote coin)."""
    match category_of(market):
        case "spot":
            return _make_spot(market, symbol_id, price)
        case "inverse":
            return _make_inverse(market, symbol_id, price)
        case _:
            return _make_linear(market, symbol_id, price)


def with_finer_tick(instrument: Instrument) -> Instrument:
    """The same rules at a tenth of the tick, for recorded prices that are finer than today's tick."""
    return replace(instrument, tick_size=instrument.tick_size / 10)


def _make_linear(symbol: str, symbol_id: int, price: float) -> Instrument:
    base, quote = coins_of(symbol)
    rule = RULES.get(symbol) or _rule_for(price)
    return _contract(symbol, "linear", symbol_id, (base, quote, quote), rule, MIN_NOTIONAL_USDT, Decimal("0.005"))


def _make_inverse(symbol: str, symbol_id: int, price: float) -> Instrument:
    base, _ = coins_of(symbol)
    rule = INVERSE_RULES.get(symbol) or _inverse_rule_for(price)
    return _contract(symbol, "inverse", symbol_id, (base, "USD", base), rule, ZERO, Decimal("0.00375"))


def _contract(
    symbol: str, category: Category, symbol_id: int, coins: tuple[str, str, str], rule: Rule,
    min_notional: Decimal, funding_cap: Decimal,
) -> Instrument:  # fmt: skip
    base, quote, settle = coins
    leverage = Decimal(rule.max_leverage)
    return Instrument(
        id=symbol,
        symbol=symbol,
        category=category,
        symbol_id=symbol_id,
        base_coin=base,
        quote_coin=quote,
        settle_coin=settle,
        tick_size=Decimal(rule.tick_size),
        qty_step=Decimal(rule.qty_step),
        min_qty=Decimal(rule.qty_step),
        max_qty=Decimal(rule.max_qty),
        max_market_qty=Decimal(rule.max_market_qty),
        min_notional=min_notional,
        max_leverage=leverage,
        price_limit_x=Decimal(rule.price_limit_x),
        price_limit_y=Decimal(rule.price_limit_x) * 2,
        launch_ms=rule.launch_ms or DEFAULT_LAUNCH_MS,
        funding_cap=funding_cap,
        risk_tiers=make_risk_tiers(Decimal(rule.risk_limit_value), leverage),
    )


def _make_spot(market: str, symbol_id: int, price: float) -> Instrument:
    symbol = symbol_of(market)
    base, quote = coins_of(market)
    rule = SPOT_RULES.get(symbol) or _spot_rule_for(symbol, price)
    step = Decimal(rule.base_precision)
    return Instrument(
        id=market,
        symbol=symbol,
        category="spot",
        symbol_id=symbol_id,
        base_coin=base,
        quote_coin=quote,
        settle_coin="",
        tick_size=Decimal(rule.tick_size),
        qty_step=step,
        min_qty=step,
        max_qty=Decimal(rule.max_limit_qty),
        max_market_qty=Decimal(rule.max_market_qty),
        min_notional=Decimal(rule.min_order_amt),
        max_leverage=Decimal(1),
        price_limit_x=Decimal(rule.price_limit_x),
        price_limit_y=Decimal(rule.price_limit_x) * 2,
        launch_ms=DEFAULT_LAUNCH_MS,
        quote_precision=Decimal(rule.quote_precision),
        max_notional=Decimal(rule.max_order_amt),
    )


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


def _inverse_rule_for(price: float) -> Rule:
    """As a linear contract of that price; quantities are whole USD and limits are in base coin."""
    magnitude = math.floor(math.log10(price))
    return Rule(
        tick_size=str(Decimal(1).scaleb(max(magnitude - 4, -MAX_DECIMALS))),
        qty_step="1",
        max_qty="5000000",
        max_market_qty="1000000",
        max_leverage="50",
        price_limit_x="0.05",
        launch_ms=0,
        risk_limit_value=str(Decimal(1).scaleb(5 - magnitude)),
    )


def _spot_rule_for(symbol: str, price: float) -> SpotRule:
    """The tick of the linear contract of that name and a quantity step worth a cent or so."""
    magnitude = math.floor(math.log10(price))
    tick = Decimal((RULES.get(symbol) or _rule_for(price)).tick_size)
    step = Decimal(1).scaleb(min(max(-magnitude - 2, -MAX_DECIMALS), 0))
    largest = max(Decimal(1).scaleb(6 - magnitude), step * 1000)
    return SpotRule(str(tick), str(step), str(step * tick), str(largest), str(largest / 2))
