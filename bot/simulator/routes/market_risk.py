"""Risk limits, price limits, the insurance fund and what follows when it is empty."""

from typing import Any

from bot.simulator.instruments import Instrument
from bot.simulator.market.insurance import ADL_STOP_RATIO, ADL_THRESHOLD, PNL_RATIO, InsurancePools
from bot.simulator.market.small_topics import price_limit_row
from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.numbers import plain, plain_float
from bot.simulator.routes.call import CONTRACTS, Call
from bot.simulator.routes.market_paging import page_of_symbols
from bot.simulator.routes.params import invalid

SYMBOLS_A_PAGE = 15
TIER_IDS = 1000


def risk_limit(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, market/risk-limit: fifteen symbols a page; rates are fractions."""
    category = call.category(None, CONTRACTS)
    markets = sorted(call.markets(), key=lambda market: market.symbol)
    page, cursor = page_of_symbols(call, markets, SYMBOLS_A_PAGE)
    rows = [row for market in page for row in _tier_rows(market.instrument)]
    return {"category": category, "list": rows, "nextPageCursor": cursor}


def _tier_rows(rules: Instrument) -> list[dict[str, Any]]:
    return [
        {
            "id": rules.symbol_id * TIER_IDS + number if number > 1 else rules.symbol_id,
            "symbol": rules.symbol,
            "riskLimitValue": plain(tier.limit_value),
            "maintenanceMargin": plain(tier.maintenance_rate),
            "initialMargin": plain(tier.initial_rate),
            "isLowestRisk": int(number == 1),
            "maxLeverage": f"{tier.max_leverage:.2f}",
            "mmDeduction": plain(tier.mm_deduction) if number > 1 else "",
        }
        for number, tier in enumerate(rules.risk_tiers, start=1)
    ]


def price_limit(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, market/order-price-limit."""
    call.category("linear")
    return {**price_limit_row(call.market()), "ts": str(call.now_ms)}


def insurance(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, market/insurance: every pool, or that of a coin."""
    pools, coin = _pools(call), call.params.text("coin")
    value = {each.instrument.settle_coin: each.mark_price for each in call.state.markets.values() if _inverse(each)}
    rows = [
        {
            "coin": each,
            "symbols": ",".join(pools.symbols(each)),
            "balance": plain(amount),
            "value": plain(amount * value.get(each, 1)),
        }
        for each, amount in pools.balances(coin).items()
    ]
    if coin and not rows:
        raise invalid("coin invalid")
    return {"updatedTime": str(call.now_ms), "list": rows}


def adl_alert(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, market/adl-alert: every contract, or one symbol."""
    pools, symbol = _pools(call), call.params.text("symbol")
    rows = [
        {
            "coin": coin,
            "symbol": each,
            "balance": plain(amount),
            "maxBalance": plain(pools.highest(coin)),
            "insurancePnlRatio": plain_float(PNL_RATIO),
            "pnlRatio": plain_float(pools.drawdown(coin)),
            "adlTriggerThreshold": str(ADL_THRESHOLD),
            "adlStopRatio": plain_float(ADL_STOP_RATIO),
        }
        for coin, amount in pools.balances().items()
        for each in pools.symbols(coin)
        if symbol in {"", each}
    ]
    if symbol and not rows:
        raise invalid("Not supported symbols")
    return {"updatedTime": str(call.now_ms), "list": rows}


def delivery_price(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, market/delivery-price: nothing here is ever delivered."""
    category = call.params.choice("category", (*CONTRACTS, "option"))
    return {"category": category, "list": [], "nextPageCursor": ""}


def _pools(call: Call) -> InsurancePools:
    return InsurancePools(call.state.markets.values(), call.state.ledger.house.insurance)


def _inverse(market: SymbolMarket) -> bool:
    return market.category == "inverse"
