"""The calls that the client must have, by pybit's names."""

TABLE = frozenset({
    "add_or_reduce_margin", "amend_batch_order", "amend_order", "cancel_all_orders", "cancel_batch_order",
    "cancel_order", "confirm_new_risk_limit", "create_internal_transfer", "get_account_info", "get_adl_alert",
    "get_api_key_information", "get_borrow_history", "get_borrow_quota", "get_closed_pnl", "get_collateral_info",
    "get_executions", "get_fee_rates", "get_funding_rate_history", "get_index_price_kline",
    "get_instruments_info", "get_insurance", "get_internal_transfer_records", "get_kline", "get_long_short_ratio",
    "get_mark_price_kline", "get_mmp_state", "get_open_interest", "get_open_orders", "get_option_delivery_price",
    "get_order_history", "get_orderbook", "get_positions", "get_premium_index_price_kline", "get_price_limit",
    "get_public_trade_history", "get_risk_limit", "get_server_time", "get_system_status", "get_tickers",
    "get_transaction_log", "get_transferable_amount", "get_user_setting_config", "get_wallet_balance",
    "place_batch_order", "place_order", "pre_check_order", "query_dcp_info", "reset_mmp", "set_auto_add_margin",
    "set_dcp", "set_leverage", "set_limit_price_action", "set_margin_mode", "set_mmp", "set_risk_limit",
    "set_tp_sl_mode", "set_trading_stop", "switch_margin_mode", "switch_position_mode",
})  # fmt: skip
