"""Requests that change something: what is sent, and what is believed about the outcome."""

from decimal import Decimal

import pytest

from bot.bybit.session import Answer, NoAnswer, Reply
from bot.bybit.worker import ExchangeWorkerCore
from bot.domain.address import Role, address_of
from bot.domain.messages import (
    AmendAnswered,
    AmendOrder,
    CancelAllAnswered,
    CancelAllOrders,
    CancelAnswered,
    CancelOrder,
    LeverageAnswered,
    MarginModeAnswered,
    OrderAcknowledged,
    OrderOutcomeUnknown,
    OrderRefused,
    PlaceOrder,
    PositionModeAnswered,
    Request,
    RequestFailed,
    SetLeverage,
    SetTradingStop,
    Started,
    SwitchMarginMode,
    SwitchPositionMode,
    TradingStopAnswered,
    WorkerIdle,
)
from bot.domain.values import OrderLinkId, OrderType, Side, Symbol, TimeInForce, TimeMs
from tests.bybit.scripted_session import NOW, ScriptedSession, answered, execute

BTC = Symbol("BTCUSDT")
ID = OrderLinkId("bot-1-7")
ENTRY = PlaceOrder(
    BTC, ID, TimeMs(1), "entry", Side.BUY, OrderType.MARKET, Decimal("0.0100"), stop_loss=Decimal("6E+4")
)


def test_a_worker_is_idle_from_the_start() -> None:
    worker = ExchangeWorkerCore(3, ScriptedSession())
    assert worker.handle(Started(address_of(Role.EXCHANGE_WORKER, 3), NOW), NOW) == (WorkerIdle(3),)


def test_an_entry_goes_out_with_plain_numbers_and_its_stop() -> None:
    session = ScriptedSession(answered({"orderId": "o-1", "orderLinkId": ID}))
    assert execute(ENTRY, session) == (OrderAcknowledged(BTC, ID, "o-1", NOW), WorkerIdle(2))
    assert session.calls == [
        (
            "place_order",
            {
                "category": "linear",
                "symbol": "BTCUSDT",
                "side": "Buy",
                "orderType": "Market",
                "qty": "0.01",
                "timeInForce": "IOC",
                "reduceOnly": False,
                "positionIdx": 0,
                "orderLinkId": ID,
                "smpType": "CancelMaker",
                "stopLoss": "60000",
                "slTriggerBy": "LastPrice",
                "tpslMode": "Full",
            },
        )
    ]


def test_a_limit_exit_carries_its_price_and_no_protection() -> None:
    exit_ = PlaceOrder(
        BTC, ID, TimeMs(1), "exit", Side.SELL, OrderType.LIMIT, Decimal(1), Decimal("61000.50"), TimeInForce.POST_ONLY,
        reduce_only=True,
    )  # fmt: skip
    session = ScriptedSession(answered({"orderId": "o-2"}))
    execute(exit_, session)
    ((_, params),) = session.calls
    assert (params["price"], params["timeInForce"], params["reduceOnly"]) == ("61000.5", "PostOnly", True)
    assert not {"stopLoss", "takeProfit", "tpslMode"} & params.keys()


@pytest.mark.parametrize(("rises", "direction"), [(True, 1), (False, 2)])
def test_a_conditional_order_says_from_which_side_the_price_comes(rises: bool, direction: int) -> None:
    stop_entry = PlaceOrder(
        BTC, ID, TimeMs(1), "entry", Side.BUY, OrderType.MARKET, Decimal(1), trigger_price=Decimal("6.15E+4"),
        rises=rises, position_idx=2,
    )  # fmt: skip
    session = ScriptedSession(answered({"orderId": "o-3"}))
    execute(stop_entry, session)
    ((_, params),) = session.calls
    assert (params["triggerPrice"], params["triggerDirection"], params["triggerBy"]) == (
        "61500",
        direction,
        "LastPrice",
    )
    assert params["positionIdx"] == 2


@pytest.mark.parametrize(
    ("fraction", "percent"),
    [("0.005", "0.5"), ("0.00129", "0.12"), ("0.00001", "0.01"), ("0.5", "10")],
)
def test_slippage_is_bounded_in_per_cent_as_bybit_takes_it(fraction: str, percent: str) -> None:
    bounded = PlaceOrder(
        BTC, ID, TimeMs(1), "entry", Side.BUY, OrderType.MARKET, Decimal(1), slippage_fraction=Decimal(fraction)
    )
    session = ScriptedSession(answered({"orderId": "o-3"}))
    execute(bounded, session)
    ((_, params),) = session.calls
    assert (params["slippageToleranceType"], params["slippageTolerance"]) == ("Percent", percent)


def test_a_limit_order_has_no_slippage() -> None:
    limit = PlaceOrder(
        BTC, ID, TimeMs(1), "entry", Side.BUY, OrderType.LIMIT, Decimal(1), Decimal(5), slippage_fraction=Decimal(1)
    )
    session = ScriptedSession(answered({"orderId": "o-3"}))
    execute(limit, session)
    assert "slippageTolerance" not in session.calls[0][1]


@pytest.mark.parametrize("code", [10001, 10002, 10006, 110004, 110007, 110012, 110017, 110074, 110094])
def test_a_definite_refusal_ends_the_order(code: int) -> None:
    answer, _ = execute(ENTRY, ScriptedSession(answered(code=code, text="no")))
    assert answer == OrderRefused(BTC, ID, NOW, code, "no")


@pytest.mark.parametrize(
    "reply",
    [
        NoAnswer("ReadTimeout: ..."),
        NoAnswer("HTTP 502: bad gateway", 502),
        NoAnswer("HTTP 403: banned", 403),
        answered(code=10000, text="server timeout"),
        answered(code=10014, text="duplicate request"),
        answered(code=10016, text="server error"),
        answered(code=110072, text="OrderLinkedID is duplicate"),
        answered(code=987654, text="never heard of"),
    ],
)
def test_everything_else_leaves_the_outcome_unknown_and_is_not_sent_again(reply: Reply) -> None:
    session = ScriptedSession(reply)
    answer, _ = execute(ENTRY, session)
    assert isinstance(answer, OrderOutcomeUnknown)
    assert len(session.calls) == 1


@pytest.mark.parametrize(
    ("reply", "retry_after_ms"),
    [
        (Answer(10006, "Too many visits!", {}, 700), 700),
        (NoAnswer("HTTP 403", 403), 600_000),
        (NoAnswer("HTTP 429", 429), 1_000),
        (NoAnswer("ReadTimeout"), None),
        (answered(), None),
    ],
)
def test_a_worker_passes_on_for_how_long_bybit_wants_silence(reply: Reply, retry_after_ms: int | None) -> None:
    _, idle = execute(ENTRY, ScriptedSession(reply))
    assert idle == WorkerIdle(2, retry_after_ms)


def test_cancels() -> None:
    cancel = CancelOrder(BTC, ID)
    session = ScriptedSession(answered())
    assert execute(cancel, session)[0] == CancelAnswered(BTC, ID, 0, "OK")
    assert session.calls == [("cancel_order", {"category": "linear", "symbol": "BTCUSDT", "orderLinkId": ID})]
    assert execute(cancel, ScriptedSession(answered(code=110001)))[0] == CancelAnswered(BTC, ID, 110001, "OK")
    assert execute(cancel, ScriptedSession(NoAnswer("cut")))[0] == CancelAnswered(BTC, ID, -1, "cut")


def test_amends_change_only_what_they_name() -> None:
    session = ScriptedSession(answered(), answered(code=110001), NoAnswer("cut"))
    stop = AmendOrder(BTC, ID, trigger_price=Decimal("6E+4"))
    assert execute(stop, session)[0] == AmendAnswered(BTC, ID, 0, "OK")
    size = AmendOrder(BTC, ID, qty=Decimal("0.0200"), price=Decimal("61000.50"))
    assert execute(size, session)[0] == AmendAnswered(BTC, ID, 110001, "OK")
    assert execute(size, session)[0] == AmendAnswered(BTC, ID, -1, "cut")
    named = {"category": "linear", "symbol": "BTCUSDT", "orderLinkId": ID}
    assert session.calls[0] == ("amend_order", named | {"triggerPrice": "60000"})
    assert session.calls[1] == ("amend_order", named | {"qty": "0.02", "price": "61000.5"})


def test_cancelling_all_orders_leaves_the_conditional_ones() -> None:
    session = ScriptedSession(answered({"list": [], "success": "1"}), answered(code=10016, text="no"), NoAnswer("cut"))
    request = CancelAllOrders(BTC)
    answers = [execute(request, session)[0] for _ in range(3)]
    assert answers == [CancelAllAnswered(BTC, 0, "OK"), CancelAllAnswered(BTC, 10016, "no"),
                       CancelAllAnswered(BTC, -1, "cut")]  # fmt: skip
    params = {"category": "linear", "symbol": "BTCUSDT", "orderFilter": "Order"}
    assert session.calls[0] == ("cancel_all_orders", params)


def test_the_exchange_is_asked_to_trail() -> None:
    session = ScriptedSession(answered())
    execute(SetTradingStop(BTC, None, None, Decimal("150.0"), Decimal(62000), position_idx=1), session)
    assert session.calls[0][1] == {
        "category": "linear", "symbol": "BTCUSDT", "positionIdx": 1, "tpslMode": "Full", "trailingStop": "150",
        "activePrice": "62000",
    }  # fmt: skip


def test_the_margin_mode_is_the_accounts() -> None:
    session = ScriptedSession(answered(), answered(code=3400045, text="no"))
    assert execute(SwitchMarginMode("ISOLATED_MARGIN"), session)[0] == MarginModeAnswered(0, "OK")
    assert execute(SwitchMarginMode("REGULAR_MARGIN"), session)[0] == MarginModeAnswered(3400045, "no")
    assert session.calls[0] == ("set_margin_mode", {"setMarginMode": "ISOLATED_MARGIN"})


def test_settings() -> None:
    session = ScriptedSession(answered(code=34040), answered(code=110043), answered(code=110025))
    stop = SetTradingStop(BTC, Decimal("60000.10"), None)
    assert execute(stop, session)[0] == TradingStopAnswered(BTC, 34040, "OK")
    assert execute(SetLeverage(BTC, Decimal("5.00")), session)[0] == LeverageAnswered(BTC, 110043, "OK")
    assert execute(SwitchPositionMode("USDT"), session)[0] == PositionModeAnswered(110025, "OK")
    (_, stop_params), (_, leverage_params), (method, mode_params) = session.calls
    assert stop_params == {
        "category": "linear",
        "symbol": "BTCUSDT",
        "positionIdx": 0,
        "tpslMode": "Full",
        "stopLoss": "60000.1",
        "slTriggerBy": "LastPrice",
    }
    assert leverage_params == {"category": "linear", "symbol": "BTCUSDT", "buyLeverage": "5", "sellLeverage": "5"}
    assert (method, mode_params) == ("switch_position_mode", {"category": "linear", "coin": "USDT", "mode": 0})


@pytest.mark.parametrize(
    ("request_", "address"),
    [
        (SetTradingStop(BTC, Decimal(1), None), "position_manager/BTCUSDT"),
        (SetLeverage(BTC, Decimal(1)), "position_manager/BTCUSDT"),
        (SwitchPositionMode("USDT"), "account"),
        (SwitchMarginMode("REGULAR_MARGIN"), "account"),
    ],
)
@pytest.mark.parametrize(("reply", "code"), [(NoAnswer("cut"), -1), (answered(code=10016, text="cut"), 10016)])
def test_a_setting_without_a_real_answer_may_be_tried_again(
    request_: Request, address: str, reply: Reply, code: int
) -> None:
    answer, _ = execute(request_, ScriptedSession(reply))
    assert answer == RequestFailed(address, request_, code, "cut", transient=True)  # type: ignore[arg-type]  # an address
