"""Rows of market/instruments-info (Bybit V5 docs, market/instrument)."""

from typing import Any

from bot.simulator.instruments import LEVERAGE_STEP, Instrument, Status
from bot.simulator.numbers import plain

CONTRACT_TYPES = {"linear": "LinearPerpetual", "inverse": "InversePerpetual"}
PRE_LISTING_INFO = {
    "curAuctionPhase": "NotStarted",
    "phases": [{"phase": "NotStarted", "startTime": "", "endTime": ""}],
    "auctionFeeInfo": {"auctionFeeRate": "0", "takerFeeRate": "0", "makerFeeRate": "0"},
}


def instrument_row(rules: Instrument, status: Status) -> dict[str, Any]:
    """The row of a market as it stands."""
    return _spot_row(rules, status) if rules.category == "spot" else _contract_row(rules, status)


def _contract_row(rules: Instrument, status: Status) -> dict[str, Any]:
    early = status == "PreLaunch"
    return {
        "symbol": rules.symbol,
        "symbolId": rules.symbol_id,
        "contractType": CONTRACT_TYPES[rules.category],
        "status": status,
        "baseCoin": rules.base_coin,
        "quoteCoin": rules.quote_coin,
        "settleCoin": rules.settle_coin,
        "symbolType": "",
        "launchTime": str(rules.launch_ms),
        "deliveryTime": "0",
        "deliveryFeeRate": "",
        "priceScale": str(rules.price_scale),
        "leverageFilter": {
            "minLeverage": "1",
            "maxLeverage": f"{rules.max_leverage:.2f}",
            "leverageStep": plain(LEVERAGE_STEP),
        },
        "priceFilter": {
            "minPrice": plain(rules.tick_size),
            "maxPrice": plain(rules.max_price),
            "tickSize": plain(rules.tick_size),
        },
        "lotSizeFilter": {
            "minNotionalValue": plain(rules.min_notional) if rules.min_notional else "",
            "maxOrderQty": plain(rules.max_qty),
            "maxMktOrderQty": plain(rules.max_market_qty),
            "minOrderQty": plain(rules.min_qty),
            "qtyStep": plain(rules.qty_step),
            "postOnlyMaxOrderQty": plain(rules.max_qty),
        },
        "unifiedMarginTrade": True,
        "fundingInterval": rules.funding_interval_min,
        "copyTrading": "both" if rules.category == "linear" else "none",
        "upperFundingRate": plain(rules.funding_cap),
        "lowerFundingRate": plain(-rules.funding_cap),
        "displayName": "",
        "forbidUplWithdrawal": False,
        "riskParameters": _risk_parameters(rules),
        "isPreListing": early,
        "preListingInfo": PRE_LISTING_INFO if early else None,
    }


def _spot_row(rules: Instrument, status: Status) -> dict[str, Any]:
    return {
        "symbol": rules.symbol,
        "symbolId": rules.symbol_id,
        "baseCoin": rules.base_coin,
        "quoteCoin": rules.quote_coin,
        "innovation": "0",
        "symbolType": "",
        "status": status,
        "marginTrading": "utaOnly",
        "stTag": "0",
        "lotSizeFilter": {
            "basePrecision": plain(rules.qty_step),
            "quotePrecision": plain(rules.quote_precision),
            "minOrderQty": plain(rules.min_qty),
            "maxOrderQty": plain(rules.max_qty),
            "minOrderAmt": plain(rules.min_notional),
            "maxOrderAmt": plain(rules.max_notional),
            "maxLimitOrderQty": plain(rules.max_qty),
            "maxMarketOrderQty": plain(rules.max_market_qty),
            "postOnlyMaxLimitOrderSize": plain(rules.max_qty),
        },
        "priceFilter": {"tickSize": plain(rules.tick_size)},
        "riskParameters": _risk_parameters(rules),
        "forbidUplWithdrawal": False,
    }


def _risk_parameters(rules: Instrument) -> dict[str, str]:
    return {
        "priceLimitRatioX": plain(rules.price_limit_x),
        "priceLimitRatioY": plain(rules.price_limit_y),
    }
