"""Every call there is, through unmodified pybit over the wire, with answers that are read as they should be."""

from decimal import Decimal
from itertools import chain

import pytest
from pybit.unified_trading import HTTP

from bot.bybit.client import Client
from bot.bybit.client.area import does_change
from bot.bybit.client.client import AREAS, calls_of
from bot.bybit.client.errors import RefusedError
from bot.bybit.client.order_specs import OrderChange, OrderName, OrderSpec
from bot.bybit.client.values import (
    AccountType,
    Category,
    MarginMode,
    PositionMode,
    SlippageType,
    StopMode,
    TriggerBy,
    TriggerDirection,
)
from bot.domain.values import OrderType, Side, TimeInForce
from tests.bybit.client.conftest import Noting
from tests.bybit.client.table import TABLE
from tests.bybit.watcher import eventually

BTC = "BTCUSDT"
FAR = OrderSpec(symbol=BTC, side=Side.BUY, order_type=OrderType.LIMIT, qty=Decimal("0.01"), price=Decimal("1e4"))


def small(side: Side) -> OrderSpec:
    return OrderSpec(symbol=BTC, side=side, order_type=OrderType.MARKET, qty=Decimal("0.01"))


TRANSFER = "b1b1b1b1-0000-4000-8000-000000000001"


def test_no_call_of_the_table_is_left_out_and_none_is_there_twice() -> None:
    names = list(chain.from_iterable(calls_of(area) for area in AREAS.values()))
    assert len(names) == len(set(names))
    assert set(names) == TABLE
    assert all(hasattr(HTTP, name) for name in names)


def test_what_changes_something_is_marked() -> None:
    marked = {name for area in AREAS.values() for name, method in calls_of(area).items() if does_change(method)}
    asks = {name for name in TABLE if name.startswith(("get_", "query_"))} | {"pre_check_order"}
    assert marked == TABLE - asks


def test_every_call_is_made_and_read(client: Client, session: Noting) -> None:
    market_data(client)
    series(client)
    settings(client)
    orders(client)
    batches(client)
    positions(client)
    isolated(client)
    money(client)
    options(client)
    assert session.called == TABLE


def market_data(client: Client) -> None:
    market = client.market
    assert market.get_server_time().time_second * 10**9 <= market.get_server_time().time_nano
    assert market.get_system_status().rows == ()
    (rules,) = market.get_instruments_info(symbol=BTC).rows
    assert (rules.symbol, rules.settle_coin, rules.price_filter.tick_size) == (BTC, "USDT", Decimal("0.1"))
    (pair,) = market.get_instruments_info(Category.SPOT).rows
    assert pair.leverage_filter is None
    (ticker,) = market.get_tickers(symbol=BTC).rows
    assert ticker.bid_price is not None
    assert ticker.ask_price is not None
    assert ticker.mark_price is not None
    assert ticker.bid_price < ticker.ask_price
    book = market.get_orderbook(BTC, limit=5)
    assert (book.symbol, len(book.bids), len(book.asks)) == (BTC, 5, 5)
    assert book.bids[0].price < book.asks[0].price
    assert {trade.symbol for trade in market.get_public_trade_history(BTC, limit=10).rows} <= {BTC}
    limits = market.get_price_limit(BTC)
    assert limits.sell_limit < ticker.mark_price < limits.buy_limit
    assert market.get_risk_limit(symbol=BTC).rows[0].is_lowest_risk == 1
    assert "USDT" in {pool.coin for pool in market.get_insurance().rows}
    assert [alert.symbol for alert in market.get_adl_alert(BTC).rows] == [BTC]
    assert market.get_option_delivery_price(Category.LINEAR).rows == ()


def series(client: Client) -> None:
    market = client.market
    for ask in (market.get_kline, market.get_mark_price_kline, market.get_index_price_kline):
        newest, before = ask(BTC, "1", limit=2).rows
        assert newest.start_ms - before.start_ms == 60_000
        assert newest.low <= newest.close <= newest.high
        assert (newest.volume is None) == (ask != market.get_kline)
    assert len(market.get_premium_index_price_kline(BTC, "5", limit=3).rows) == 3
    assert all(rate.symbol == BTC for rate in market.get_funding_rate_history(BTC).rows)
    assert len(market.get_open_interest(BTC, "5min", limit=2).rows) <= 2
    assert all(each.buy_ratio + each.sell_ratio == 1 for each in market.get_long_short_ratio(BTC, "1h").rows)


def settings(client: Client) -> None:
    account, place = client.account, client.positions
    assert account.get_account_info().margin_mode == MarginMode.CROSS
    assert account.set_margin_mode(MarginMode.CROSS) is False
    assert place.switch_position_mode(PositionMode.HEDGE, coin="USDT")
    assert place.switch_position_mode(PositionMode.ONE_WAY, coin="USDT")
    assert place.switch_position_mode(PositionMode.ONE_WAY, coin="USDT") is False
    assert place.set_leverage(BTC, Decimal(5), Decimal(5))
    assert place.set_leverage(BTC, Decimal(5), Decimal(5)) is False
    assert account.set_limit_price_action(Category.LINEAR, modify_enable=True)
    assert "lpaPerp" in account.get_user_setting_config()
    assert account.get_fee_rates(symbol=BTC).rows[0].taker_fee_rate == Decimal("0.00055")
    assert client.users.get_api_key_information().read_only == 0
    assert client.orders.set_dcp(40)
    assert {each.product for each in client.orders.query_dcp_info()} >= {"DERIVATIVES"}


def orders(client: Client) -> None:
    desk = client.orders
    assert desk.pre_check_order(FAR).post_imr_e4 >= 0
    placed = desk.place_order(FAR)
    named = OrderName(symbol=BTC, order_id=placed.order_id)
    assert desk.amend_order(OrderChange(symbol=BTC, order_id=placed.order_id, qty=Decimal("0.02"))) == placed
    (order,) = desk.get_open_orders(order_id=placed.order_id).rows
    assert (order.qty, order.price, order.order_status, order.avg_price) == (
        Decimal("0.02"),
        Decimal(10_000),
        "New",
        Decimal(0),
    )
    assert desk.cancel_order(named) == placed
    assert desk.get_order_history(order_id=placed.order_id).rows[0].order_status == "Cancelled"
    with pytest.raises(RefusedError) as refused:
        desk.cancel_order(named)
    assert (refused.value.code, refused.value.transient) == (110001, False)
    buy = OrderSpec(
        symbol=BTC, side=Side.BUY, order_type=OrderType.MARKET, qty=Decimal("0.02"), order_link_id="client-1",
        stop_loss=Decimal(1000), sl_trigger_by=TriggerBy.MARK, tpsl_mode=StopMode.FULL,
        slippage_tolerance_type=SlippageType.PERCENT, slippage_tolerance=Decimal("1.00"),
    )  # fmt: skip
    desk.place_order(buy)
    fills = desk.get_executions(order_link_id="client-1").rows
    assert sum(fill.exec_qty for fill in fills) == Decimal("0.02")
    stop_entry = OrderSpec(
        symbol=BTC, side=Side.SELL, order_type=OrderType.MARKET, qty=Decimal("0.01"), trigger_price=Decimal(2000),
        trigger_direction=TriggerDirection.FALLS, trigger_by=TriggerBy.LAST, order_link_id="client-2",
    )  # fmt: skip
    desk.place_order(stop_entry)
    assert desk.get_open_orders(order_link_id="client-2").rows[0].trigger_price == 2000
    desk.get_borrow_quota(BTC, "Buy")


def batches(client: Client) -> None:
    desk = client.orders
    bad = OrderSpec(
        symbol=BTC, side=Side.BUY, order_type=OrderType.LIMIT, qty=Decimal("0.0001"), price=Decimal(9000),
        time_in_force=TimeInForce.POST_ONLY,
    )  # fmt: skip
    first, refused, last = desk.place_batch_order((FAR, bad, FAR))
    assert (first.code, last.code) == (0, 0)
    assert refused.code != 0
    assert (refused.order_id, bool(refused.text)) == ("", True)
    changes = tuple(OrderChange(symbol=BTC, order_id=each.order_id, price=Decimal(11_000)) for each in (first, last))
    assert [each.code for each in desk.amend_batch_order(changes)] == [0, 0]
    assert [each.code for each in desk.cancel_batch_order((OrderName(symbol=BTC, order_id=first.order_id),))] == [0]
    cancelled = {each.order_id for each in desk.cancel_all_orders(settle_coin="USDT").rows}
    assert last.order_id in cancelled


def positions(client: Client) -> None:
    place = client.positions
    (held,) = place.get_positions(symbol=BTC).rows
    assert (held.side, held.size, held.leverage) == ("Buy", Decimal("0.02"), Decimal(5))
    assert held.avg_price is not None
    assert place.set_trading_stop(BTC, stop_loss=Decimal(1500), trailing_stop=Decimal(500))
    assert place.set_trading_stop(BTC, stop_loss=Decimal(1500)) is False
    assert place.confirm_new_risk_limit(BTC)
    with pytest.raises(RefusedError):
        place.switch_margin_mode(BTC, 1, Decimal(5), Decimal(5))
    place.set_tp_sl_mode(BTC, StopMode.FULL)
    place.set_risk_limit(BTC, 1)
    client.orders.place_order(small(Side.SELL))
    eventually(lambda: len(place.get_closed_pnl(symbol=BTC).rows) == 1, "a closed profit")
    (pnl,) = place.get_closed_pnl(symbol=BTC).rows
    assert (pnl.side, pnl.closed_size) == ("Sell", Decimal("0.01"))


def isolated(client: Client) -> None:
    with pytest.raises(RefusedError) as refused:
        client.account.set_margin_mode(MarginMode.ISOLATED)  # not beside a position
    assert (refused.value.code, refused.value.meaning) == (3400045, "the margin mode could not be set")
    client.orders.place_order(small(Side.SELL))
    assert client.account.set_margin_mode(MarginMode.ISOLATED)
    client.orders.place_order(small(Side.BUY))
    assert client.positions.set_auto_add_margin(BTC, 1)
    assert client.positions.add_or_reduce_margin(BTC, Decimal(10)).symbol == BTC


def money(client: Client) -> None:
    account = client.account
    (wallet,) = account.get_wallet_balance(coin="USDT,BTC").rows
    assert {coin.coin for coin in wallet.coin} == {"USDT", "BTC"}
    assert account.get_collateral_info("USDT").rows[0].currency == "USDT"
    assert account.get_borrow_history().rows == ()
    amount = account.get_transferable_amount("USDT,BTC").available_withdrawal_map
    assert amount["BTC"] == 2
    log = account.get_transaction_log(category=Category.LINEAR).rows
    assert {"TRADE"} <= {entry.type for entry in log}
    made = client.assets.create_internal_transfer(TRANSFER, "USDT", Decimal(5), AccountType.UNIFIED, AccountType.FUND)
    assert (made.transfer_id, made.status) == (TRANSFER, "SUCCESS")
    (transfer,) = client.assets.get_internal_transfer_records(transfer_id=TRANSFER).rows
    assert (transfer.coin, transfer.amount, transfer.to_account_type) == ("USDT", Decimal(5), AccountType.FUND.value)


def options(client: Client) -> None:
    assert client.mmp.set_mmp("ETH", "5000", "100000", Decimal(50), Decimal(20))
    assert client.mmp.reset_mmp("ETH")
    (state,) = client.mmp.get_mmp_state("ETH")
    assert (state.window, state.frozen_period, state.qty_limit, state.mmp_frozen) == (5000, 100_000, Decimal(50), False)
