"""Private frames: what they become, and that one bad row takes nothing else with it."""

from decimal import Decimal
from typing import Any

import pytest

from bot.bybit.parse import parse_frame
from bot.domain.messages import (
    ExecutionReported,
    FrameUnreadable,
    Message,
    OrderUpdate,
    PositionUpdate,
    Stream,
    WalletUpdate,
)
from bot.domain.values import ZERO, OrderLinkId, OrderStatus, OrderType, Side, Symbol, TimeMs
from tests.bybit.payloads import execution_row, order_row, position_row, private_frame, wallet_row

NOW = TimeMs(1760000000110)
BTC = Symbol("BTCUSDT")


def parsed(topic: str, *rows: Any) -> list[Message]:
    return list(parse_frame(Stream.PRIVATE, private_frame(topic, *rows), NOW))


def test_an_order() -> None:
    assert parsed("order", order_row()) == [
        OrderUpdate(
            symbol=BTC,
            order_id="o-1",
            order_link_id=OrderLinkId("bot-1"),
            side=Side.BUY,
            order_type=OrderType.MARKET,
            status=OrderStatus.FILLED,
            qty=Decimal("0.010"),
            price=Decimal("61500.5"),
            avg_price=Decimal(61000),
            cum_exec_qty=Decimal("0.010"),
            cum_exec_fee=Decimal("0.3355"),
            reduce_only=False,
            stop_order_type="",
            create_type="CreateByUser",
            cancel_type="",
            reject_reason="EC_NoError",
            trigger_price=None,
            created_ms=TimeMs(1760000000100),
            updated_ms=TimeMs(1760000000103),
        )
    ]


def test_a_stop_order_of_the_exchange_has_no_link_id_but_a_trigger() -> None:
    row = order_row(orderLinkId="", orderStatus="Untriggered", stopOrderType="StopLoss", triggerPrice="60000", price="")
    (order,) = parsed("order", row)
    assert isinstance(order, OrderUpdate)
    assert (order.order_link_id, order.stop_order_type, order.trigger_price) == ("", "StopLoss", Decimal(60000))
    assert order.price == 0


def test_an_execution() -> None:
    (execution,) = parsed("execution", execution_row(isMaker=True, execFee="-0.1"))
    assert isinstance(execution, ExecutionReported)
    assert (execution.exec_id, execution.price, execution.qty) == ("e-1", Decimal(61000), Decimal("0.010"))
    assert (execution.fee, execution.fee_currency, execution.is_maker) == (Decimal("-0.1"), "USDT", True)
    assert execution.stop_order_type == ""


def test_the_fast_execution_stream_is_left_alone_because_it_has_no_fees() -> None:
    assert parsed("execution.fast", execution_row()) == []


def test_a_position_and_a_flat_one() -> None:
    flat = position_row(side="", size="0", entryPrice="0", stopLoss="")
    held, none = parsed("position", position_row(), flat)
    assert held == PositionUpdate(
        BTC, Side.BUY, Decimal("0.010"), Decimal(61000), Decimal(10), Decimal(60000), None, TimeMs(1760000000104)
    )
    assert isinstance(none, PositionUpdate)
    assert (none.side, none.size, none.stop_loss) == (None, ZERO, None)


def test_what_a_position_says_of_its_danger() -> None:
    row = position_row(positionIdx="1", trailingStop="120.5", markPrice="60990.1", liqPrice="55000")
    (position,) = parsed("position", row)
    assert isinstance(position, PositionUpdate)
    assert (position.position_idx, position.trailing_distance) == (1, Decimal("120.5"))
    assert (position.mark_price, position.liquidation_price) == (Decimal("60990.1"), Decimal(55000))
    (safe,) = parsed("position", position_row(trailingStop="0", liqPrice=""))
    assert isinstance(safe, PositionUpdate)
    assert (safe.trailing_distance, safe.mark_price, safe.liquidation_price) == (None, None, None)
    (problem,) = parsed("position", position_row(positionIdx="1.5"))
    assert isinstance(problem, FrameUnreadable)


def test_a_wallet_says_how_much_margin_is_in_use() -> None:
    (wallet,) = parsed("wallet", wallet_row(accountIMRate="0.0060", accountMMRate="0"))
    assert isinstance(wallet, WalletUpdate)
    assert (wallet.initial_margin_rate, wallet.maintenance_margin_rate) == (Decimal("0.006"), ZERO)
    (isolated,) = parsed("wallet", wallet_row(accountIMRate="", accountMMRate=""))
    assert isinstance(isolated, WalletUpdate)
    assert (isolated.initial_margin_rate, isolated.maintenance_margin_rate) == (None, None)


def test_a_wallet_with_two_coins() -> None:
    btc = {"coin": "BTC", "equity": "", "walletBalance": "0.5", "usdValue": "40000"}
    row = wallet_row()
    row["coin"].append(btc)
    pushed_ms = TimeMs(1760000000105)
    available = Decimal("9939.463")
    assert parsed("wallet", row) == [
        WalletUpdate(pushed_ms, "USDT", Decimal("9999.67"), Decimal("9999.77"), available),
        WalletUpdate(pushed_ms, "BTC", Decimal("0.5"), Decimal("0.5"), available * Decimal("0.5") / 40_000),
    ]


def test_with_isolated_margin_what_is_available_follows_from_the_coin() -> None:
    (wallet,) = parsed("wallet", wallet_row(totalAvailableBalance=""))
    assert isinstance(wallet, WalletUpdate)
    assert wallet.available_balance == Decimal("9999.67") - Decimal("60.3") - Decimal("1.2")


@pytest.mark.parametrize("category", ["spot", "option", "inverse"])
def test_rows_of_other_markets_are_not_taken_for_ours(category: str) -> None:
    assert parsed("order", order_row(category=category, orderStatus="PartiallyFilledCanceled")) == []


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"orderStatus": "Melted"}, "orderStatus"),
        ({"qty": "NaN"}, "qty"),
        ({"qty": "1e999999"}, "qty"),
        ({"qty": True}, "qty"),
        ({"side": ["Buy"]}, "side"),
        ({"updatedTime": "soon"}, "updatedTime"),
        ({"orderId": ""}, "orderId"),
        ({"reduceOnly": "no"}, "reduceOnly"),
        ({"triggerPrice": [1]}, "triggerPrice"),
    ],
)
def test_a_bad_row_is_reported_by_field_and_the_others_survive(changes: dict[str, Any], named: str) -> None:
    first, second, problem = parsed("order", order_row(), order_row(**changes), order_row(orderId="o-3"))
    assert isinstance(first, OrderUpdate)
    assert isinstance(second, OrderUpdate)
    assert second.order_id == "o-3"
    assert isinstance(problem, FrameUnreadable)
    assert problem.reason.startswith(f"order: {named}")


def test_rows_that_are_no_objects_and_a_frame_without_rows() -> None:
    found, problem = parsed("order", "row", order_row())
    assert isinstance(found, OrderUpdate)
    assert isinstance(problem, FrameUnreadable)
    (problem,) = parse_frame(Stream.PRIVATE, {"topic": "order", "creationTime": 1}, NOW)
    assert problem == FrameUnreadable(Stream.PRIVATE, NOW, "order: data: no list")
