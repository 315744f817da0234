"""Position endpoints."""

from decimal import Decimal
from typing import Any

from bot.simulator.instruments import LEVERAGE_STEP
from bot.simulator.numbers import is_multiple
from bot.simulator.routes.call import CATEGORY, Call
from bot.simulator.routes.params import Refused, invalid
from bot.simulator.routes.stop_prices import check_stop_prices, read_stops
from bot.simulator.trading.order import Stops
from bot.simulator.trading.position import Position
from bot.simulator.trading.rows import position_row

NO_POSITION_MARGIN = 110012
LEVERAGE_TOO_HIGH = 110013
MODE_UNCHANGED = 110025
HEDGE_UNSUPPORTED = 110029
LEVERAGE_UNCHANGED = 110043
STOPS_UNCHANGED = 34040
ONE_WAY, HEDGE = 0, 3


def position_list(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, position/list: by symbol even when flat, otherwise only what is held."""
    call.check_category()
    call.params.limit(20, 200)
    symbols = call.chosen_symbols(needed=True)
    by_symbol = call.params.has("symbol")
    account, state = call.account, call.state
    summary = state.margin.summary(account)
    rows = []
    for symbol, market in state.markets.items():
        if symbol not in symbols:
            continue
        position = account.positions.get(symbol) or Position(symbol)
        if position.size or by_symbol:
            rows.append(position_row(position, market.instrument, state.margin, summary))
    return {"category": CATEGORY, "list": rows, "nextPageCursor": ""}


def set_leverage(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, position/set-leverage: buy and sell are equal in one-way mode."""
    call.check_category()
    market, params = call.market(), call.params
    buy, sell = params.number("buyLeverage"), params.number("sellLeverage")
    if buy is None or sell is None or buy != sell:
        raise invalid("buy leverage and sell leverage must be given and be equal")
    if buy < 1 or not is_multiple(buy, LEVERAGE_STEP):
        raise invalid("leverage invalid")
    if buy > market.instrument.max_leverage:
        raise Refused(LEVERAGE_TOO_HIGH, f"cannot set leverage [{buy}] gt maxLeverage by risk limit")
    position = call.account.position(market.symbol)
    if position.leverage == buy:
        raise Refused(LEVERAGE_UNCHANGED, "leverage not modified")
    _change_leverage(call, position, buy)
    call.state.outbox.position(call.account, position, market)
    return {}


def switch_mode(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, position/switch-mode: every symbol is and stays in one-way mode."""
    call.check_category()
    if call.params.has("symbol"):
        call.market()
    elif not call.params.has("coin"):
        raise invalid("symbol params err")
    mode = call.params.integer("mode")
    if mode == HEDGE:
        raise Refused(HEDGE_UNSUPPORTED, "hedge mode is not supported by this symbol")
    if mode != ONE_WAY:
        raise invalid("mode invalid")
    raise Refused(MODE_UNCHANGED, "Position mode has not been modified")


def trading_stop(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, position/trading-stop in full mode: sets, moves or clears take-profit and stop-loss."""
    call.check_category()
    call.check_position_idx()
    market, params = call.market(), call.params
    _refuse_unsupported(call)
    stops = read_stops(params, market)
    if not stops:
        raise invalid("takeProfit or stopLoss must be given")
    position = call.account.position(market.symbol)
    side = position.side
    if side is None:
        raise invalid("can not set tp/sl/ts for zero position")
    if not _changes(position, stops):
        raise Refused(STOPS_UNCHANGED, "not modified")
    check_stop_prices(stops, side, market.last_price)
    keeper = call.state.desk.stops
    keeper.place(call.account, market, "TakeProfit", stops.take_profit, stops.tp_trigger_by)
    keeper.place(call.account, market, "StopLoss", stops.stop_loss, stops.sl_trigger_by)
    position.updated_ms = call.now_ms
    call.state.outbox.position(call.account, position, market)
    call.state.desk.rewatch(market)
    return {}


def _refuse_unsupported(call: Call) -> None:
    params = call.params
    params.choice("tpslMode", ("Full",), "Full")
    for name in ("tpOrderType", "slOrderType"):
        params.choice(name, ("Market",), "Market")
    for name in ("trailingStop", "activePrice", "tpSize", "slSize", "tpLimitPrice", "slLimitPrice"):
        if params.number(name):
            raise invalid(f"{name} is not supported")


def _changes(position: Position, stops: Stops) -> bool:
    """Whether the wanted stops differ from those in place. 0 stands for none."""
    pairs = (
        (stops.take_profit, stops.tp_trigger_by, position.take_profit),
        (stops.stop_loss, stops.sl_trigger_by, position.stop_loss),
    )
    for wanted, trigger_by, order in pairs:
        if wanted is None:
            continue
        if order is None:
            if wanted:
                return True
        elif order.trigger_price != wanted or order.trigger_by != trigger_by:
            return True
    return False


def _change_leverage(call: Call, position: Position, leverage: Decimal) -> None:
    """Set it unless the account could not carry the margin then."""
    before = position.leverage
    position.leverage = leverage
    summary = call.state.margin.summary(call.account)
    if leverage < before and summary.initial_margin > max(summary.equity, Decimal(0)):
        position.leverage = before
        raise Refused(NO_POSITION_MARGIN, "Insufficient available balance")
    position.updated_ms = call.now_ms
