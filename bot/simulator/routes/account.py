"""Endpoints of the unified account: what it has, how it is set up."""

from decimal import Decimal
from typing import Any, cast

from bot.simulator.numbers import ZERO, plain, to_ledger
from bot.simulator.routes.call import Call
from bot.simulator.routes.params import Refused, invalid
from bot.simulator.trading.account import MarginMode
from bot.simulator.trading.wallet_rows import WalletState, wallet_row

SET_MARGIN_MODE_FAILED = 3400045
MARGIN_MODE_UNCHANGED = 110026
MARGIN_MODES = ("REGULAR_MARGIN", "ISOLATED_MARGIN", "PORTFOLIO_MARGIN")
MAX_COINS = 20
COLLATERAL_RATIO = "1"
"""Every coin counts in full here."""


def wallet_balance(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, account/wallet-balance."""
    call.params.choice("accountType", ("UNIFIED",))
    coins = call.params.words("coin")
    account = call.account
    return {"list": [wallet_row(WalletState.of(account, call.state.margin.summary(account), coins or None))]}


def info(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, account/info: a unified account 2.0."""
    account = call.account
    dcp = account.dcp_windows_s.get("DERIVATIVES")
    return {
        "unifiedMarginStatus": 5,
        "marginMode": account.margin_mode,
        "isMasterTrader": False,
        "spotHedgingStatus": "OFF",
        "updatedTime": str(account.updated_ms),
        "dcpStatus": "OFF" if dcp is None else "ON",
        "timeWindow": dcp or 0,
        "smpGroup": 0,
    }


def set_margin_mode(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, account/set-margin-mode: for the whole account; only cross and isolated exist here."""
    wanted = call.params.choice("setMarginMode", MARGIN_MODES)
    account = call.account
    if wanted == account.margin_mode:
        raise Refused(MARGIN_MODE_UNCHANGED, "Margin mode has not been modified", _reasons())
    if wanted == "PORTFOLIO_MARGIN":
        reason = {"reasonCode": "3400000", "reasonMsg": "Portfolio margin is not offered"}
        raise Refused(SET_MARGIN_MODE_FAILED, "Set margin mode failed", _reasons(reason))
    if any(account.held()) or account.open_orders:
        reason = {"reasonCode": "3400012", "reasonMsg": "Please close all positions and cancel all orders first"}
        raise Refused(SET_MARGIN_MODE_FAILED, "Set margin mode failed", _reasons(reason))
    account.margin_mode = cast("MarginMode", wanted)
    account.version += 1
    account.updated_ms = call.now_ms
    return _reasons()


def fee_rate(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, account/fee-rate."""
    category = call.category("linear")
    settings = call.state.settings
    taker, maker = settings.taker_fee_rate, settings.maker_fee_rate
    if category == "spot":
        taker, maker = settings.spot_taker_fee_rate, settings.spot_maker_fee_rate
    rates = {"takerFeeRate": plain(taker), "makerFeeRate": plain(maker)}
    base_coin = call.params.text("baseCoin")
    return {
        "list": [
            {"symbol": market.symbol, "baseCoin": "", **rates}
            for market in call.markets()
            if base_coin in {"", market.instrument.base_coin}
        ]
    }


def collateral_info(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, account/collateral-info: all coins count in full, none can be borrowed."""
    currency = call.params.text("currency")
    rows = [
        {
            "currency": coin,
            "hourlyBorrowRate": "0",
            "maxBorrowingAmount": "0",
            "freeBorrowingLimit": "0",
            "freeBorrowAmount": "0",
            "freeBorrowingAmount": "",
            "borrowAmount": "0",
            "otherBorrowAmount": "0",
            "availableToBorrow": "0",
            "borrowable": False,
            "borrowUsageRate": "0",
            "marginCollateral": True,
            "collateralSwitch": True,
            "collateralRatio": COLLATERAL_RATIO,
        }
        for coin in _coins_of(call)
        if currency in {"", coin}
    ]
    return {"list": rows}


def borrow_history(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, account/borrow-history: nothing is ever lent here."""
    call.params.limit(20, 50)
    return {"list": [], "nextPageCursor": ""}


def transferable(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, account/withdrawal: what may leave the unified wallet, of up to 20 coins."""
    coins = call.params.words("coinName")
    if not coins or len(coins) > MAX_COINS:
        raise invalid("coinName invalid")
    amounts = {coin: plain(transferable_amount(call, coin)) for coin in coins}
    return {"availableWithdrawal": amounts[coins[0]], "availableWithdrawalMap": amounts}


def transferable_amount(call: Call, coin: str) -> Decimal:
    """What margins, orders and losses leave of a coin; profits that are not realised cannot leave."""
    account, margin = call.account, call.state.margin
    summary = margin.summary(account)
    held = summary.coins.get(coin)
    if held is None:
        return ZERO
    if account.isolated:
        return max(to_ledger(held.free), ZERO)
    free = held.wallet - held.locked
    if held.usd_price:
        bound = min(summary.equity, summary.wallet) - summary.initial_margin
        free = min(free, bound / held.usd_price)
    return max(to_ledger(free), ZERO)


def user_setting_config(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, account/user-setting-config; true = orders beyond the price limit are refused (lpaPerp)."""
    account = call.account
    return {
        "lpaSpot": not account.reprices_spot,
        "lpaPerp": not account.reprices_contracts,
        "smsef": False,
        "fmsef": False,
    }


def set_limit_price_action(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, account/set-limit-px-action: re-price orders beyond the limit (true) or refuse them."""
    category = call.params.choice("category", ("linear", "inverse", "spot"))
    if not call.params.has("modifyEnable"):
        raise invalid("modifyEnable invalid")
    wanted = call.params.flag("modifyEnable")
    if category == "spot":
        call.account.reprices_spot = wanted
    else:
        call.account.reprices_contracts = wanted
    return {}


def smp_group(_call: Call) -> dict[str, Any]:
    """Bybit V5 docs, account/smp-group: an account stands alone."""
    return {"smpGroup": 0}


def query_dcp_info(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, account/query-dcp-info."""
    rows = [
        {"product": product, "dcpStatus": "ON", "timeWindow": str(window_s)}
        for product, window_s in call.account.dcp_windows_s.items()
    ]
    return {"dcpInfos": rows}


def _coins_of(call: Call) -> list[str]:
    rules = [market.instrument for market in call.state.markets.values()]
    return sorted({coin for each in rules for coin in (each.base_coin, each.quote_coin)} | set(call.account.coins))


def _reasons(*reasons: dict[str, str]) -> dict[str, Any]:
    return {"reasons": [*reasons]}
