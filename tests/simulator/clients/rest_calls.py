"""Every REST call that pybit and the simulator share, in an order in which each has something to answer."""

from collections.abc import Callable
from typing import Any, NamedTuple

from bot.simulator.server.endpoints import KEY_INFO_PATH, MARKET_TIME_PATH

type Params = dict[str, Any]
type Results = dict[str, Any]

BTC = {"category": "linear", "symbol": "BTCUSDT"}
COIN = {"category": "inverse", "symbol": "BTCUSD"}
PAIR = {"category": "spot", "symbol": "BTCUSDT"}
FAR = {"side": "Buy", "orderType": "Limit", "qty": "0.01", "price": "50000"}
NOW = {"side": "Buy", "orderType": "Market", "qty": "0.02"}
CLOSE = {"side": "Sell", "orderType": "Market", "qty": "0.01", "reduceOnly": True}
HALF = {"tpslMode": "Partial", "positionIdx": 0, "stopLoss": "40000", "slSize": "0.01"}
SWAP_ID = "b1b1b1b1-0000-4000-8000-000000000001"


class Step(NamedTuple):
    """One call.

    Attributes:
        path: behind /v5/.
        method: of pybit's HTTP; "" = pybit has none, so its own request method is used.
        params: of the call, or a function of the results so far that gives them.
        page, example: the documentation's page and which of its bodies shows the answer; "" = it shows none.
        code: the retCode that Bybit answers.
        name: under which later calls find the result.
    """

    path: str
    method: str
    params: Params | Callable[[Results], Params]
    page: str
    example: int = 0
    code: int = 0
    name: str = ""

    @property
    def title(self) -> str:
        return self.name or f"{self.path}{' ' + self.category if self.category else ''}"

    @property
    def category(self) -> str:
        return "" if callable(self.params) else str(self.params.get("category", ""))


def _of(name: str, **changes: Any) -> Callable[[Results], Params]:
    """The order that an earlier step has made, and what is to become of it."""
    return lambda results: {**BTC, "orderId": results[name]["orderId"], **changes}


def _each(name: str, **changes: Any) -> Callable[[Results], Params]:
    def params(results: Results) -> Params:
        rows = [{"symbol": "BTCUSDT", "orderId": row["orderId"], **changes} for row in results[name]["list"]]
        return {"category": "linear", "request": rows}

    return params


def _klines(path: str, page: str) -> Step:
    return Step(path, f"get_{path.removeprefix('market/').replace('-', '_')}", {**BTC, "interval": "1"}, page)


MARKET = (
    Step(MARKET_TIME_PATH.removeprefix("/v5/"), "get_server_time", {}, "market__time"),
    Step("market/instruments-info", "get_instruments_info", {"category": "linear"}, "market__instrument"),
    Step("market/instruments-info", "get_instruments_info", {"category": "inverse"}, "market__instrument"),
    Step("market/instruments-info", "get_instruments_info", {"category": "spot"}, "market__instrument", 3),
    Step("market/kline", "get_kline", {**BTC, "interval": "1"}, "market__kline"),
    Step("market/kline", "get_kline", {**COIN, "interval": "1"}, "market__kline"),
    Step("market/kline", "get_kline", {**PAIR, "interval": "1"}, "market__kline"),
    _klines("market/mark-price-kline", "market__mark-kline"),
    _klines("market/index-price-kline", "market__index-kline"),
    _klines("market/premium-index-price-kline", "market__premium-index-kline"),
    Step("market/tickers", "get_tickers", {"category": "linear"}, "market__tickers"),
    Step("market/tickers", "get_tickers", {"category": "inverse"}, "market__tickers"),
    Step("market/tickers", "get_tickers", {"category": "spot"}, "market__tickers", 2),
    Step("market/orderbook", "get_orderbook", BTC, "market__orderbook"),
    Step("market/orderbook", "get_orderbook", PAIR, "market__orderbook"),
    Step("market/recent-trade", "get_public_trade_history", BTC, "market__recent-trade"),
    Step("market/recent-trade", "get_public_trade_history", PAIR, "market__recent-trade"),
    Step("market/funding/history", "get_funding_rate_history", BTC, "market__history-fund-rate"),
    Step("market/open-interest", "get_open_interest", {**BTC, "intervalTime": "1h"}, "market__open-interest"),
    Step("market/account-ratio", "get_long_short_ratio", {**BTC, "period": "1h"}, "market__long-short-ratio"),
    Step("market/risk-limit", "get_risk_limit", BTC, "market__risk-limit"),
    Step("market/insurance", "get_insurance", {"coin": "USDT"}, "market__insurance"),
    Step("market/price-limit", "get_price_limit", BTC, "market__order-price-limit"),
    Step("market/adlAlert", "get_adl_alert", {"symbol": "BTCUSDT"}, "market__adl-alert"),
    Step("market/delivery-price", "get_option_delivery_price", {"category": "linear"}, "market__delivery-price"),
    Step("system/status", "get_system_status", {}, ""),
)
SETTINGS = (
    Step("account/info", "get_account_info", {}, "account__account-info"),
    Step(
        "account/set-margin-mode", "set_margin_mode", {"setMarginMode": "ISOLATED_MARGIN"}, "account__set-margin-mode"
    ),
    Step("position/switch-mode", "switch_position_mode", {**BTC, "mode": 3}, "position__position-mode"),
    Step("position/switch-mode", "switch_position_mode", {**BTC, "mode": 0}, "position__position-mode"),
    Step(
        "position/set-leverage", "set_leverage", {**BTC, "buyLeverage": "5", "sellLeverage": "5"}, "position__leverage"
    ),
    Step("account/user-setting-config", "get_user_setting_config", {}, "account__get-user-setting-config"),
    Step(
        "account/set-limit-px-action",
        "set_limit_price_action",
        {"category": "linear", "modifyEnable": True},
        "account__set-price-limit",
    ),
    Step("account/smp-group", "get_smp_group", {}, "account__smp-group"),
    Step(
        "account/mmp-modify",
        "set_mmp",
        {"baseCoin": "ETH", "window": "5000", "frozenPeriod": "100000", "qtyLimit": "50", "deltaLimit": "20"},
        "account__set-mmp",
    ),
    Step("account/mmp-reset", "reset_mmp", {"baseCoin": "ETH"}, "account__reset-mmp"),
    Step("account/mmp-state", "get_mmp_state", {"baseCoin": "ETH"}, "account__get-mmp-state"),
    Step("order/disconnected-cancel-all", "set_dcp", {"timeWindow": 40, "product": "DERIVATIVES"}, "order__dcp"),
    Step("account/query-dcp-info", "query_dcp_info", {}, "account__dcp-info"),
    Step(KEY_INFO_PATH.removeprefix("/v5/"), "get_api_key_information", {}, "user__apikey-info"),
)
ORDERS = (
    Step("order/pre-check", "pre_check_order", {**BTC, **FAR}, "order__pre-check-order"),
    Step("order/create", "place_order", {**BTC, **FAR}, "order__create-order", name="resting"),
    Step("order/amend", "amend_order", _of("resting", qty="0.02"), "order__amend-order", name="amended"),
    Step("order/cancel", "cancel_order", _of("resting"), "order__cancel-order", name="cancelled"),
    Step(
        "order/create-batch",
        "place_batch_order",
        {"category": "linear", "request": [{"symbol": "BTCUSDT", **FAR}] * 2},
        "order__batch-place",
        name="batch",
    ),
    Step(
        "order/amend-batch", "amend_batch_order", _each("batch", qty="0.02"), "order__batch-amend", name="amended two"
    ),
    Step("order/cancel-batch", "cancel_batch_order", _each("batch"), "order__batch-cancel", name="cancelled two"),
    Step("order/create", "place_order", {**BTC, **NOW, "stopLoss": "45000"}, "order__create-order", name="filled"),
    Step("order/create", "place_order", {**BTC, **FAR}, "order__create-order", name="resting again"),
    Step("order/realtime", "get_open_orders", BTC, "order__open-order"),
    Step("order/cancel-all", "cancel_all_orders", BTC, "order__cancel-all"),
    Step("order/create", "place_order", {**BTC, **CLOSE}, "order__create-order", name="closed"),
    Step("order/history", "get_order_history", {"category": "linear"}, "order__order-list"),
    Step("order/create", "place_order", {**PAIR, **FAR}, "order__create-order", name="resting pair"),
    Step("order/realtime", "get_open_orders", PAIR, "order__open-order"),
    Step("order/cancel-all", "cancel_all_orders", {"category": "spot"}, "order__cancel-all"),
    Step("order/history", "get_order_history", {"category": "spot"}, "order__order-list"),
    Step("order/create", "place_order", {**PAIR, **NOW, "qty": "500"}, "order__create-order", name="bought"),
    Step("order/create", "place_order", {**COIN, **NOW, "qty": "100"}, "order__create-order", name="inverse"),
    Step("order/spot-borrow-check", "get_borrow_quota", {**PAIR, "side": "Buy"}, "order__spot-borrow-quota"),
    Step("execution/list", "get_executions", {"category": "linear"}, "order__execution"),
    Step("execution/list", "get_executions", {"category": "spot"}, "order__execution"),
    Step("execution/list", "get_executions", {"category": "inverse"}, "order__execution"),
)
POSITIONS = (
    Step("position/list", "get_positions", BTC, "position__position"),
    Step("position/list", "get_positions", COIN, "position__position"),
    Step("position/trading-stop", "set_trading_stop", {**BTC, **HALF}, "position__trading-stop"),
    Step(
        "position/set-auto-add-margin", "set_auto_add_margin", {**BTC, "autoAddMargin": 1}, "position__auto-add-margin"
    ),
    Step("position/add-margin", "add_or_reduce_margin", {**BTC, "margin": "10"}, "position__manual-add-margin"),
    Step("position/confirm-pending-mmr", "confirm_new_risk_limit", BTC, "position__confirm-mmr"),
    Step(
        "position/switch-isolated",
        "switch_margin_mode",
        {**BTC, "tradeMode": 1, "buyLeverage": "5", "sellLeverage": "5"},
        "",
        code=100028,
    ),
    Step(
        "account/set-margin-mode",
        "set_margin_mode",
        {"setMarginMode": "REGULAR_MARGIN"},
        "account__set-margin-mode",
        code=3400045,
        name="refused margin mode",
    ),
    Step("position/set-tpsl-mode", "set_tp_sl_mode", {**BTC, "tpSlMode": "Full"}, ""),
    Step("position/set-risk-limit", "set_risk_limit", {**BTC, "riskId": 1}, ""),
    Step("position/closed-pnl", "get_closed_pnl", {"category": "linear"}, "position__close-pnl"),
    Step("position/symbol-info", "", BTC, ""),
)
MONEY = (
    Step("account/wallet-balance", "get_wallet_balance", {"accountType": "UNIFIED"}, "account__wallet-balance"),
    Step("account/collateral-info", "get_collateral_info", {}, "account__collateral-info"),
    Step("account/borrow-history", "get_borrow_history", {}, "account__borrow-history"),
    Step("account/withdrawal", "get_transferable_amount", {"coinName": "USDT,BTC"}, "account__unified-trans-amnt"),
    Step("account/transaction-log", "get_transaction_log", {}, "account__transaction-log"),
    Step("account/fee-rate", "get_fee_rates", {"category": "linear"}, "account__fee-rate"),
    Step("account/fee-rate", "get_fee_rates", {"category": "spot"}, "account__fee-rate"),
    Step(
        "asset/transfer/inter-transfer",
        "create_internal_transfer",
        {
            "transferId": SWAP_ID, "coin": "USDT", "amount": "5", "fromAccountType": "UNIFIED", "toAccountType": "FUND",
        },
        "",
    ),
    Step("asset/transfer/query-inter-transfer-list", "get_internal_transfer_records", {}, ""),
    Step(
        "asset/transfer/query-account-coin-balance",
        "get_coin_balance",
        {"accountType": "UNIFIED", "coin": "USDT"},
        "asset__balance__account-coin-balance",
    ),
    Step(
        "asset/transfer/query-account-coins-balance",
        "get_coins_balance",
        {"accountType": "UNIFIED"},
        "asset__balance__all-balance",
    ),
    Step("asset/coin/query-info", "get_coin_info", {"coin": "USDT"}, ""),
)  # fmt: skip

STEPS = (*MARKET, *SETTINGS, *ORDERS, *POSITIONS, *MONEY)
