"""Which function answers which path."""

from typing import NamedTuple

from bot.simulator.routes import account, market, order, order_queries, position, trading_stop, user
from bot.simulator.routes.call import Handler


class Route(NamedTuple):
    """One endpoint; a private one needs an account."""

    handler: Handler
    private: bool


def _public(handler: Handler) -> Route:
    return Route(handler, private=False)


def _private(handler: Handler) -> Route:
    return Route(handler, private=True)


ROUTES: dict[tuple[str, str], Route] = {
    ("GET", "/v5/market/time"): _public(market.time),
    ("GET", "/v5/market/instruments-info"): _public(market.instruments_info),
    ("GET", "/v5/market/kline"): _public(market.kline),
    ("GET", "/v5/market/tickers"): _public(market.tickers),
    ("GET", "/v5/market/orderbook"): _public(market.orderbook),
    ("GET", "/v5/market/recent-trade"): _public(market.recent_trade),
    ("GET", "/v5/account/wallet-balance"): _private(account.wallet_balance),
    ("GET", "/v5/account/info"): _private(account.info),
    ("GET", "/v5/account/fee-rate"): _private(account.fee_rate),
    ("GET", "/v5/user/query-api"): _private(user.query_api),
    ("GET", "/v5/position/list"): _private(position.position_list),
    ("POST", "/v5/position/set-leverage"): _private(position.set_leverage),
    ("POST", "/v5/position/switch-mode"): _private(position.switch_mode),
    ("POST", "/v5/position/trading-stop"): _private(trading_stop.trading_stop),
    ("POST", "/v5/order/create"): _private(order.create),
    ("POST", "/v5/order/cancel"): _private(order.cancel),
    ("POST", "/v5/order/cancel-all"): _private(order.cancel_all),
    ("GET", "/v5/order/realtime"): _private(order_queries.realtime),
    ("GET", "/v5/order/history"): _private(order_queries.history),
    ("GET", "/v5/execution/list"): _private(order_queries.executions),
}
