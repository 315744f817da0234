"""Questions: what is asked, what the answer becomes, and that a failed question proves nothing."""

from decimal import Decimal
from typing import Any

import pytest

from bot.bybit.session import NoAnswer, Reply
from bot.domain.messages import (
    BestPricesLoaded,
    CandleHistory,
    ContractRow,
    ContractsLoaded,
    ExecutionsLoaded,
    FeeRatesLoaded,
    FetchBestPrices,
    FetchCandles,
    FetchContracts,
    FetchExecutions,
    FetchFeeRates,
    FetchInstrument,
    FetchOpenOrders,
    FetchOrder,
    FetchPosition,
    FetchPositions,
    FetchTickers,
    FetchWallet,
    FetchWorkingOrders,
    InstrumentLoaded,
    OpenOrdersLoaded,
    OrderLookedUp,
    PositionsLoaded,
    PositionUpdate,
    Request,
    RequestFailed,
    TickerRow,
    TickersLoaded,
    WalletUpdate,
    WorkingOrdersLoaded,
)
from bot.domain.values import ZERO, Candle, OrderLinkId, Side, Symbol, TimeMs
from tests.bybit.payloads import execution_row, instrument_row, order_row, position_row, wallet_row
from tests.bybit.scripted_session import NOW, ScriptedSession, answered, execute, rows

BTC = Symbol("BTCUSDT")
ID = OrderLinkId("bot-1")
WEEK_MS = 7 * 24 * 3_600_000


def failure(request: Request, *replies: Reply) -> RequestFailed:
    answer, _ = execute(request, ScriptedSession(*replies))
    assert isinstance(answer, RequestFailed)
    return answer


def test_the_rules_of_an_instrument() -> None:
    inverse = instrument_row(contractType="InversePerpetual", settleCoin="BTC")
    answer, _ = execute(FetchInstrument(BTC), ScriptedSession(rows(inverse, instrument_row())))
    assert isinstance(answer, InstrumentLoaded)
    rules = answer.instrument
    assert (rules.settle_coin, rules.tick_size, rules.qty_step) == ("USDT", Decimal("0.1"), Decimal("0.001"))
    assert (rules.max_order_qty, rules.max_market_order_qty, rules.min_notional) == (
        Decimal(1190),
        Decimal(500),
        Decimal(5),
    )


def test_a_symbol_that_does_not_exist_is_not_asked_for_again() -> None:
    failed = failure(FetchInstrument(BTC), rows())
    assert (failed.to, failed.transient) == ("position_manager/BTCUSDT", False)
    assert "BTCUSDT" in failed.text


def test_the_best_prices_of_a_symbol() -> None:
    row = {"symbol": "BTCUSDT", "bid1Price": "100.1", "ask1Price": "100.2", "lastPrice": "100.2"}
    session = ScriptedSession(rows(row))
    answer, _ = execute(FetchBestPrices(BTC), session)
    assert answer == BestPricesLoaded(BTC, Decimal("100.1"), Decimal("100.2"))
    assert session.calls == [("get_tickers", {"category": "linear", "symbol": "BTCUSDT"})]


@pytest.mark.parametrize("bid", ["", "NaN", "x", "0", "100.3"])
def test_a_book_without_both_prices_is_no_answer(bid: str) -> None:
    row = {"symbol": "BTCUSDT", "bid1Price": bid, "ask1Price": "100.2"}
    assert failure(FetchBestPrices(BTC), rows(row)).to == "position_manager/BTCUSDT"
    assert failure(FetchBestPrices(BTC), rows()).transient


def test_candles_come_oldest_first() -> None:
    newest = ["120000", "2", "2", "2", "2", "1", "1"]
    oldest = ["60000", "1", "1", "1", "1", "1", "1"]
    session = ScriptedSession(rows(newest, oldest))
    answer, _ = execute(FetchCandles(BTC, "1", 200), session)
    assert isinstance(answer, CandleHistory)
    assert [candle.start_ms for candle in answer.candles] == [60_000, 120_000]
    ((_, asked),) = session.calls
    assert asked == {"category": "linear", "symbol": "BTCUSDT", "interval": "1", "limit": 200}


def test_the_answer_to_a_check_says_so() -> None:
    answer, _ = execute(
        FetchCandles(BTC, "60", 1, is_check=True), ScriptedSession(rows(["0", "1", "1", "1", "1", "1", "1"]))
    )
    assert answer == CandleHistory(BTC, "60", (Candle(TimeMs(0), 1.0, 1.0, 1.0, 1.0, 1.0),), is_check=True)


def test_a_long_history_is_read_page_by_page_backwards() -> None:
    page = [[str(60_000 * number), "1", "1", "1", "1", "1", "1"] for number in range(1500, 0, -1)]
    session = ScriptedSession(rows(*page[:1000]), rows(*page[1000:]))
    answer, _ = execute(FetchCandles(BTC, "1", 1700), session)
    assert isinstance(answer, CandleHistory)
    assert [candle.start_ms for candle in answer.candles] == [60_000 * number for number in range(1, 1501)]
    (_, first), (_, second) = session.calls
    assert (first["limit"], second["limit"]) == (1000, 700)
    assert second["end"] == 60_000 * 501 - 1


def test_a_broken_candle_fails_the_question_of_market_data() -> None:
    failed = failure(FetchCandles(BTC, "1", 2), rows(["60000", "x"]))
    assert (failed.to, failed.transient) == ("market_data/BTCUSDT", True)


def test_positions() -> None:
    flat = position_row(side="", size="0", avgPrice="0", updatedTime="", stopLoss="")
    session = ScriptedSession(rows(position_row()), rows(flat), rows(), rows(flat, position_row(positionIdx=2)))
    request = FetchPosition(BTC)
    held, none, missing, hedged = (execute(request, session)[0] for _ in range(4))
    assert isinstance(held, PositionUpdate)
    assert (held.side, held.size, held.entry_price, held.by_rest) == (Side.BUY, Decimal("0.010"), Decimal(61000), True)
    assert isinstance(none, PositionUpdate)
    assert (none.side, none.size, none.time_ms) == (None, ZERO, NOW)
    assert isinstance(missing, PositionUpdate)
    assert missing.size == 0
    assert isinstance(hedged, PositionUpdate)
    assert hedged.size == Decimal("0.010")
    assert not failure(request, rows(position_row(positionIdx=1), position_row(positionIdx=2))).transient


def test_open_orders_of_all_pages_with_the_cursor_as_it_came() -> None:
    cursor = "page_token%3D12%26"
    session = ScriptedSession(rows(order_row(), cursor=cursor), rows(order_row(orderId="o-2")))
    answer, _ = execute(FetchOpenOrders(BTC), session)
    assert isinstance(answer, OpenOrdersLoaded)
    assert [order.order_id for order in answer.orders] == ["o-1", "o-2"]
    assert [params.get("cursor") for _, params in session.calls] == [None, cursor]


def test_the_positions_of_a_coin_of_all_pages_without_the_flat_ones() -> None:
    flat = position_row(symbol="XRPUSDT", side="", size="0")
    short = position_row(symbol="ETHUSDT", side="Sell", positionIdx=2)
    session = ScriptedSession(rows(position_row(), flat, cursor="next"), rows(short))
    answer, _ = execute(FetchPositions("USDT"), session)
    assert isinstance(answer, PositionsLoaded)
    assert (answer.coin, answer.asked_ms) == ("USDT", NOW)
    held = [(position.symbol, position.side, position.position_idx, position.by_rest) for position in answer.positions]
    assert held == [("BTCUSDT", Side.BUY, 0, True), ("ETHUSDT", Side.SELL, 2, True)]
    assert session.calls[0] == ("get_positions", {"category": "linear", "settleCoin": "USDT", "limit": 200})
    assert session.calls[1][1]["cursor"] == "next"


def test_the_working_orders_of_a_coin_of_all_pages() -> None:
    session = ScriptedSession(rows(order_row(), cursor="next"), rows(order_row(symbol="ETHUSDT")))
    answer, _ = execute(FetchWorkingOrders("USDT"), session)
    assert isinstance(answer, WorkingOrdersLoaded)
    assert (answer.coin, answer.asked_ms) == ("USDT", NOW)
    assert [order.symbol for order in answer.orders] == ["BTCUSDT", "ETHUSDT"]
    assert session.calls[0] == ("get_open_orders", {"category": "linear", "settleCoin": "USDT", "limit": 50})


def test_the_failed_check_of_a_coin_is_the_accounts() -> None:
    for request in (FetchPositions("USDT"), FetchWorkingOrders("USDT")):
        assert failure(request, NoAnswer("timeout")).to == "account"


def test_a_page_that_comes_again_does_not_go_on_for_ever() -> None:
    assert failure(FetchOpenOrders(BTC), rows(cursor="a"), rows(cursor="a")).transient


def test_an_order_is_looked_for_in_two_places() -> None:
    request = FetchOrder(BTC, ID)
    session = ScriptedSession(rows(), rows(order_row()))
    answer, _ = execute(request, session)
    assert isinstance(answer, OrderLookedUp)
    assert answer.order is not None
    assert [method for method, _ in session.calls] == ["get_open_orders", "get_order_history"]
    found_at_once = ScriptedSession(rows(order_row()))
    execute(request, found_at_once)
    assert len(found_at_once.calls) == 1


def test_an_order_is_absent_only_if_both_places_answered() -> None:
    request = FetchOrder(BTC, ID)
    assert execute(request, ScriptedSession(rows(), rows()))[0] == OrderLookedUp(BTC, ID, NOW, None)
    assert failure(request, NoAnswer("timeout")).transient
    assert failure(request, rows(), NoAnswer("timeout")).transient
    assert failure(request, rows(), answered(code=10016)).transient
    assert failure(request, rows(order_row(qty="?"))).transient


def test_executions_by_weeks_and_pages_oldest_first_each_once() -> None:
    late = execution_row(execId="e-3", execTime="1760000000300")
    same_time = [execution_row(execId=f"e-{name}", seq=seq) for name, seq in (("z", 1), ("a", 2))]
    since_ms = TimeMs(NOW - WEEK_MS - 5)
    session = ScriptedSession(rows(*same_time), rows(late, cursor="next"), rows(late, same_time[0]))
    answer, _ = execute(FetchExecutions(BTC, since_ms), session)
    assert isinstance(answer, ExecutionsLoaded)
    assert [execution.exec_id for execution in answer.executions] == ["e-z", "e-a", "e-3"]
    windows = [(params["startTime"], params["endTime"]) for _, params in session.calls]
    assert windows[0] == (since_ms, since_ms + WEEK_MS - 1)
    assert windows[1] == windows[2] == (since_ms + WEEK_MS, since_ms + 2 * WEEK_MS - 1)


def test_one_failed_page_fails_the_whole_question() -> None:
    request = FetchExecutions(BTC, TimeMs(NOW - 1))
    failed = failure(request, rows(execution_row(), cursor="next"), NoAnswer("cut"))
    assert failed == RequestFailed("position_manager/BTCUSDT", request, -1, "cut", transient=True)  # type: ignore[arg-type]  # an address


def test_the_wallet() -> None:
    session = ScriptedSession(rows(wallet_row()), rows(wallet_row(coin=[])))
    wallet = WalletUpdate(NOW, "USDT", Decimal("9999.67"), Decimal("9999.77"), Decimal("9939.463"), by_rest=True)
    assert execute(FetchWallet("USDT"), session)[0] == wallet
    assert session.calls[0] == ("get_wallet_balance", {"accountType": "UNIFIED", "coin": "USDT"})
    never_held, _ = execute(FetchWallet("USDT"), session)
    assert isinstance(never_held, WalletUpdate)
    assert never_held.equity == 0
    assert failure(FetchWallet("USDT"), rows()).to == "account"


def test_fee_rates() -> None:
    row = {"symbol": "BTCUSDT", "takerFeeRate": "0.00055", "makerFeeRate": "0.0002"}
    answer, _ = execute(FetchFeeRates(), ScriptedSession(rows(row)))
    assert answer == FeeRatesLoaded(((BTC, Decimal("0.00055"), Decimal("0.0002")),))


def test_contracts_of_all_pages() -> None:
    perpetual = instrument_row(launchTime="1585526400000")
    future = instrument_row(symbol="BTC-26JUN26", contractType="LinearFutures", settleCoin="USDC", launchTime="5")
    session = ScriptedSession(rows(perpetual, cursor="a%3Db"), rows(future))
    answer, _ = execute(FetchContracts(), session)
    assert answer == ContractsLoaded(
        (
            ContractRow(BTC, "LinearPerpetual", "Trading", "USDT", TimeMs(1_585_526_400_000)),
            ContractRow(Symbol("BTC-26JUN26"), "LinearFutures", "Trading", "USDC", TimeMs(5)),
        )
    )
    assert [params for _, params in session.calls] == [
        {"category": "linear", "limit": 1000},
        {"category": "linear", "limit": 1000, "cursor": "a%3Db"},
    ]
    assert failure(FetchContracts(), rows(perpetual, cursor="a"), NoAnswer("cut")).to == "universe"


def test_tickers_and_what_has_not_been_traded_yet() -> None:
    traded = {
        "symbol": "BTCUSDT", "lastPrice": "60000.5", "bid1Price": "60000", "ask1Price": "60000.5",
        "highPrice24h": "61000", "lowPrice24h": "59000", "turnover24h": "8e9", "openInterestValue": "3000000000.25",
    }  # fmt: skip
    quiet = {**dict.fromkeys(traded, ""), "symbol": "ETHUSDT", "bid1Price": "0"}
    answer, _ = execute(FetchTickers(), ScriptedSession(rows(traded, quiet)))
    assert answer == TickersLoaded(
        (
            TickerRow(BTC, 60000.5, 60000.0, 60000.5, 61000.0, 59000.0, 8e9, 3000000000.25),
            TickerRow(Symbol("ETHUSDT"), *[0.0] * 7),
        )
    )
    assert failure(FetchTickers(), rows({**traded, "lastPrice": "x"})).transient


@pytest.mark.parametrize(
    ("code", "transient"), [(10006, True), (10002, True), (10016, True), (10003, False), (10001, False)]
)
def test_which_failures_may_be_asked_again(code: int, *, transient: bool) -> None:
    assert failure(FetchWallet("USDT"), answered(code=code)).transient is transient


@pytest.mark.parametrize("result", [{}, {"list": None}, {"list": [None]}, {"list": ["x"]}])
def test_an_answer_of_another_shape_is_a_failed_question(result: dict[str, Any]) -> None:
    requests: list[Request] = [
        FetchPosition(BTC), FetchOrder(BTC, ID), FetchOpenOrders(BTC), FetchInstrument(BTC), FetchWallet("USDT"),
        FetchFeeRates(), FetchTickers(), FetchContracts(), FetchCandles(BTC, "1", 5), FetchExecutions(BTC, NOW),
    ]  # fmt: skip
    for request in requests:
        assert isinstance(failure(request, answered(result)), RequestFailed)
