"""Which function answers which path."""

from typing import NamedTuple

from bot.simulator.routes import (
    account,
    asset,
    ledger_queries,
    market,
    market_klines,
    market_risk,
    market_series,
    mmp,
    order,
    order_batch,
    order_cancel_all,
    order_pre_check,
    order_queries,
    position,
    system,
    trading_stop,
    user,
)
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
    ("GET", "/v5/market/kline"): _public(market_klines.kline),
    ("GET", "/v5/market/mark-price-kline"): _public(market_klines.mark_price_kline),
    ("GET", "/v5/market/index-price-kline"): _public(market_klines.index_price_kline),
    ("GET", "/v5/market/premium-index-price-kline"): _public(market_klines.premium_index_price_kline),
    ("GET", "/v5/market/tickers"): _public(market.tickers),
    ("GET", "/v5/market/orderbook"): _public(market.orderbook),
    ("GET", "/v5/market/recent-trade"): _public(market.recent_trade),
    ("GET", "/v5/market/funding/history"): _public(market_series.funding_history),
    ("GET", "/v5/market/open-interest"): _public(market_series.open_interest),
    ("GET", "/v5/market/account-ratio"): _public(market_series.account_ratio),
    ("GET", "/v5/market/risk-limit"): _public(market_risk.risk_limit),
    ("GET", "/v5/market/price-limit"): _public(market_risk.price_limit),
    ("GET", "/v5/market/insurance"): _public(market_risk.insurance),
    ("GET", "/v5/market/adlAlert"): _public(market_risk.adl_alert),
    ("GET", "/v5/market/delivery-price"): _public(market_risk.delivery_price),
    ("GET", "/v5/system/status"): _public(system.status),
    ("GET", "/v5/account/wallet-balance"): _private(account.wallet_balance),
    ("GET", "/v5/account/info"): _private(account.info),
    ("POST", "/v5/account/set-margin-mode"): _private(account.set_margin_mode),
    ("GET", "/v5/account/fee-rate"): _private(account.fee_rate),
    ("GET", "/v5/account/collateral-info"): _private(account.collateral_info),
    ("GET", "/v5/account/borrow-history"): _private(account.borrow_history),
    ("GET", "/v5/account/withdrawal"): _private(account.transferable),
    ("GET", "/v5/account/user-setting-config"): _private(account.user_setting_config),
    ("POST", "/v5/account/set-limit-px-action"): _private(account.set_limit_price_action),
    ("GET", "/v5/account/smp-group"): _private(account.smp_group),
    ("GET", "/v5/account/query-dcp-info"): _private(account.query_dcp_info),
    ("GET", "/v5/account/transaction-log"): _private(ledger_queries.transaction_log),
    ("POST", "/v5/account/mmp-modify"): _private(mmp.modify),
    ("POST", "/v5/account/mmp-reset"): _private(mmp.reset),
    ("GET", "/v5/account/mmp-state"): _private(mmp.state),
    ("POST", "/v5/asset/transfer/inter-transfer"): _private(asset.inter_transfer),
    ("GET", "/v5/asset/transfer/query-inter-transfer-list"): _private(asset.transfer_list),
    ("GET", "/v5/asset/transfer/query-account-coin-balance"): _private(asset.coin_balance),
    ("GET", "/v5/asset/transfer/query-account-coins-balance"): _private(asset.coins_balance),
    ("GET", "/v5/asset/coin/query-info"): _private(asset.coin_info),
    ("GET", "/v5/user/query-api"): _private(user.query_api),
    ("GET", "/v5/position/list"): _private(position.position_list),
    ("POST", "/v5/position/set-leverage"): _private(position.set_leverage),
    ("POST", "/v5/position/switch-mode"): _private(position.switch_mode),
    ("GET", "/v5/position/closed-pnl"): _private(ledger_queries.closed_pnl),
    ("GET", "/v5/position/symbol-info"): _private(position.symbol_info),
    ("POST", "/v5/position/set-auto-add-margin"): _private(position.set_auto_add_margin),
    ("POST", "/v5/position/add-margin"): _private(position.add_margin),
    ("POST", "/v5/position/confirm-pending-mmr"): _private(position.confirm_pending_mmr),
    ("POST", "/v5/position/switch-isolated"): _private(position.switch_isolated),
    ("POST", "/v5/position/set-risk-limit"): _private(position.set_risk_limit),
    ("POST", "/v5/position/set-tpsl-mode"): _private(position.set_tpsl_mode),
    ("POST", "/v5/position/trading-stop"): _private(trading_stop.trading_stop),
    ("POST", "/v5/order/create"): _private(order.create),
    ("POST", "/v5/order/amend"): _private(order.amend),
    ("POST", "/v5/order/cancel"): _private(order.cancel),
    ("POST", "/v5/order/create-batch"): _private(order_batch.create_batch),
    ("POST", "/v5/order/amend-batch"): _private(order_batch.amend_batch),
    ("POST", "/v5/order/cancel-batch"): _private(order_batch.cancel_batch),
    ("POST", "/v5/order/cancel-all"): _private(order_cancel_all.cancel_all),
    ("POST", "/v5/order/disconnected-cancel-all"): _private(order_cancel_all.set_dcp),
    ("POST", "/v5/order/pre-check"): _private(order_pre_check.pre_check),
    ("GET", "/v5/order/spot-borrow-check"): _private(order_queries.spot_borrow_check),
    ("GET", "/v5/order/realtime"): _private(order_queries.realtime),
    ("GET", "/v5/order/history"): _private(order_queries.history),
    ("GET", "/v5/execution/list"): _private(order_queries.executions),
}
