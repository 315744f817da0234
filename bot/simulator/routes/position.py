"""Endpoints that read and arrange positions."""

from decimal import Decimal
from typing import Any

from bot.simulator.instruments import LEVERAGE_STEP
from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.numbers import ZERO, is_multiple, plain
from bot.simulator.routes.call import CONTRACTS, Call
from bot.simulator.routes.paging import offset_page
from bot.simulator.routes.params import Refused, invalid
from bot.simulator.trading.position import Position
from bot.simulator.trading.position_rows import Valuation, position_row

WOULD_LIQUIDATE = 110011
NO_POSITION_MARGIN = 110012
LEVERAGE_TOO_HIGH = 110013
HAS_POSITION = 110024
MODE_UNCHANGED = 110025
HAS_ORDERS = 110028
MARGIN_UNCHANGED = 110027
HEDGE_UNSUPPORTED = 110029
WRONG_MARGIN_MODE = 110015
LEVERAGE_UNCHANGED = 110043
ISOLATED_ONLY = 110076
NO_ROUTE = 10017
ONE_WAY_MODE, HEDGE_MODE = 0, 3
MARGIN_STEP = Decimal("0.0001")


def position_list(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, position/list: by symbol even when flat, otherwise only what is held."""
    category = call.category(choices=CONTRACTS)
    limit = call.params.limit(20, 200)
    markets = call.chosen(needed=category == "linear")
    flat_too = call.params.has("symbol")
    account, margin = call.account, call.state.margin
    summary = margin.summary(account)
    rows = [
        position_row(position, Valuation(account, market.instrument, margin, summary))
        for market in markets.values()
        for position in account.positions_in(market.instrument)
        if position.size or flat_too
    ]
    found, cursor = offset_page(call, rows, limit)
    return {"category": category, "list": found, "nextPageCursor": cursor}


def set_leverage(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, position/set-leverage: buy and sell may differ only in hedge mode with isolated margin."""
    call.category(choices=CONTRACTS)
    market = call.market()
    buy, sell = (_read_leverage(call, name, market) for name in ("buyLeverage", "sellLeverage"))
    account = call.account
    positions = account.positions_in(market.instrument)
    if buy != sell and not (len(positions) > 1 and account.isolated):
        raise invalid("buy leverage and sell leverage must be equal in one-way mode and in cross margin")
    wanted = dict(zip(positions, (buy, sell) if len(positions) > 1 else (buy,), strict=True))
    if all(position.leverage == leverage for position, leverage in wanted.items()):
        raise Refused(LEVERAGE_UNCHANGED, "leverage not modified")
    for position, leverage in wanted.items():
        _check_tier(call, position, leverage)
    _change_leverage(call, market, wanted)
    for position in wanted:
        call.state.outbox.position(account, position, market)
    return {}


def switch_mode(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, position/switch-mode: one symbol, or all of a coin; only USDT contracts can be hedged."""
    call.category(choices=CONTRACTS)
    params, account = call.params, call.account
    mode = params.integer("mode")
    if mode not in {ONE_WAY_MODE, HEDGE_MODE}:
        raise invalid("mode invalid")
    if params.has("symbol"):
        markets = [call.market()]
    elif params.has("coin"):
        markets = [each for each in call.markets() if each.instrument.settle_coin == params.text("coin")]
    else:
        raise invalid("symbol params err")
    if any(each.category != "linear" or each.instrument.quote_coin != "USDT" for each in markets):
        raise Refused(HEDGE_UNSUPPORTED, "hedge mode is not supported by this symbol")
    hedge = mode == HEDGE_MODE
    changing = [each for each in markets if (each.id in account.hedged) != hedge]
    if not changing:
        raise Refused(MODE_UNCHANGED, "Position mode has not been modified")
    for market in changing:
        if any(position.size for position in account.positions_in(market.instrument)):
            raise Refused(HAS_POSITION, "You have an existing position, so position mode cannot be switched")
        if account.open_in(market.id):
            raise Refused(HAS_ORDERS, "You have existing open orders, so position mode cannot be switched")
    for market in changing:
        account.set_hedged(market.instrument, hedged=hedge)
    return {}


def set_auto_add_margin(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, position/set-auto-add-margin: isolated positions only."""
    call.category(choices=("linear",))
    market = call.market()
    wanted = call.params.integer("autoAddMargin")
    if wanted not in {0, 1}:
        raise invalid("autoAddMargin invalid")
    if not call.account.isolated:
        raise Refused(ISOLATED_ONLY, "only isolated margin supports this")
    position = call.position(market)
    if position.auto_add == bool(wanted):
        raise Refused(MARGIN_UNCHANGED, "autoAddMargin not modified")
    position.auto_add = bool(wanted)
    call.state.outbox.position(call.account, position, market)
    return {}


def add_margin(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, position/add-margin: moves money to (or, negative, from) an isolated position."""
    category = call.category(choices=CONTRACTS)
    market, account, margin = call.market(), call.account, call.state.margin
    amount = call.params.signed("margin")
    if not amount or not is_multiple(amount, MARGIN_STEP):
        raise invalid("margin invalid")
    if not account.isolated:
        raise Refused(WRONG_MARGIN_MODE, "Cannot add or reduce margin in cross margin mode")
    position = call.position(market)
    if not position.size:
        raise invalid("position is zero")
    before = position.extra_margin
    position.extra_margin += amount
    account.version += 1
    if position.extra_margin < 0 or margin.over_committed(account) or _would_liquidate(call, market, position):
        position.extra_margin = before
        account.version += 1
        raise Refused(NO_POSITION_MARGIN, "Insufficient available balance")
    position.updated_ms = call.now_ms
    call.state.outbox.position(account, position, market, wallet=True)
    call.state.desk.rewatch(market)
    valuation = Valuation(account, market.instrument, margin, margin.summary(account))
    return {"category": category} | position_row(position, valuation)


def confirm_pending_mmr(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, position/confirm-pending-mmr: lets go of a reduce-only mark after a change of risk limits."""
    call.category(choices=CONTRACTS)
    market = call.market()
    for position in call.account.positions_in(market.instrument):
        position.reduce_only = False
    return {}


def symbol_info(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, position/symbol-info: the leverage of every side, held or not."""
    category = call.category(choices=CONTRACTS)
    rows = [
        {
            "symbol": position.symbol,
            "leverage": plain(position.leverage),
            "side": position.side or "",
            "positionIdx": position.idx,
        }
        for market in call.markets()
        for position in call.account.positions_in(market.instrument)
    ]
    found, cursor = offset_page(call, rows, call.params.limit(20, 200))
    return {"category": category, "list": found, "nextPageCursor": cursor}


def switch_isolated(call: Call) -> dict[str, Any]:
    """Bybit V5 docs: margin mode is account-wide in unified accounts, this endpoint is abandoned."""
    call.category(choices=CONTRACTS)
    raise Refused(100028, "unified account is forbidden")


def set_risk_limit(call: Call) -> dict[str, Any]:
    """Bybit V5 docs: without effect since March 2024; the tier follows the position value by itself."""
    category = call.category(choices=CONTRACTS)
    rules = call.market().instrument
    tier = rules.risk_tiers[0]
    return {"category": category, "riskId": 1, "riskLimitValue": str(tier.limit_value)}


def set_tpsl_mode(call: Call) -> dict[str, Any]:
    """Bybit V5 docs: abandoned; the mode is a parameter of each request."""
    call.category(choices=CONTRACTS)
    call.market()
    return {"tpSlMode": call.params.choice("tpSlMode", ("Full", "Partial"))}


def _read_leverage(call: Call, name: str, market: SymbolMarket) -> Decimal:
    leverage = call.params.number(name)
    if leverage is None:
        raise invalid("buy leverage and sell leverage must be given")
    if leverage < 1 or not is_multiple(leverage, LEVERAGE_STEP):
        raise invalid("leverage invalid")
    if leverage > market.instrument.max_leverage:
        raise Refused(LEVERAGE_TOO_HIGH, f"cannot set leverage [{leverage}] gt maxLeverage by risk limit")
    return leverage


def _check_tier(call: Call, position: Position, leverage: Decimal) -> None:
    """A position in a higher risk tier must not have more leverage than that tier allows."""
    tier = call.state.margin.exposure(call.account, position).tier
    if leverage > tier.max_leverage:
        raise Refused(LEVERAGE_TOO_HIGH, f"cannot set leverage [{leverage}] gt maxLeverage [{tier.max_leverage}]")


def _change_leverage(call: Call, market: SymbolMarket, wanted: dict[Position, Decimal]) -> None:
    """Set it unless the account could not carry the margin then."""
    account, margin = call.account, call.state.margin
    before = {position: position.leverage for position in wanted}
    for position, leverage in wanted.items():
        position.leverage = leverage
    account.version += 1
    lowered = any(leverage < before[position] for position, leverage in wanted.items())
    refusal = None
    if lowered and margin.over_committed(account):
        refusal = Refused(NO_POSITION_MARGIN, "Insufficient available balance")
    elif account.isolated and any(_would_liquidate(call, market, position) for position in wanted):
        refusal = Refused(WOULD_LIQUIDATE, "Liquidation will be triggered immediately by this adjustment")
    if refusal is not None:
        for position, leverage in before.items():
            position.leverage = leverage
        account.version += 1
        raise refusal
    for position in wanted:
        position.updated_ms = call.now_ms
    call.state.desk.watch_margins(account)


def _would_liquidate(call: Call, market: SymbolMarket, position: Position) -> bool:
    margin = call.state.margin
    price = margin.liquidation_price(call.account, position, margin.summary(call.account))
    return price is not None and position.direction * (market.mark_price - price) <= ZERO
