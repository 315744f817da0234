"""Account endpoints."""

from typing import Any

from bot.simulator.numbers import plain
from bot.simulator.routes.call import Call
from bot.simulator.trading.wallet_rows import wallet_row


def wallet_balance(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, account/wallet-balance."""
    call.params.choice("accountType", ("UNIFIED",))
    coins = [coin.strip() for coin in call.params.text("coin").split(",") if coin.strip()]
    return {"list": [wallet_row(call.account, call.state.margin.summary(call.account), coins or None)]}


def info(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, account/info: a unified account 2.0 with cross margin."""
    return {
        "unifiedMarginStatus": 5,
        "marginMode": "REGULAR_MARGIN",
        "isMasterTrader": False,
        "spotHedgingStatus": "OFF",
        "updatedTime": str(call.account.created_ms),
        "dcpStatus": "OFF",
        "timeWindow": 0,
        "smpGroup": 0,
    }


def fee_rate(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, account/fee-rate."""
    call.check_category("linear")
    settings = call.state.settings
    rates = {
        "takerFeeRate": plain(settings.taker_fee_rate),
        "makerFeeRate": plain(settings.maker_fee_rate),
    }
    return {"list": [{"symbol": market.symbol, "baseCoin": "", **rates} for market in call.markets()]}
