"""What was moved into the account and out of it: as Bybit tells it, and over the wire."""

from decimal import Decimal
from typing import Any

from bot.bybit.pybit_session import PybitSession
from bot.bybit.session import NoAnswer
from bot.bybit.worker import ExchangeWorkerCore
from bot.domain.messages import ExecuteRequest, FetchTransfers, RequestFailed, TransfersLoaded
from bot.domain.values import TimeMs
from bot.simulator.child import SimulatorProcess
from bot.simulator.control_client import ControlClient
from bot.simulator.settings import SimulatorSettings
from tests.bybit.conftest import keys_of, venue_of
from tests.bybit.scripted_session import NOW, ScriptedSession, answered, execute, rows

WEEK_MS = 7 * 24 * 3_600_000


def moved(kind: str, time_ms: int, change: str, coin: str = "USDT") -> dict[str, Any]:
    return {"type": kind, "currency": coin, "transactionTime": str(time_ms), "change": change, "symbol": ""}


def test_transfers_of_both_ways_page_by_page_and_week_by_week() -> None:
    since_ms = NOW - WEEK_MS - 1
    session = ScriptedSession(
        rows(moved("TRANSFER_IN", since_ms + 5, "100"), cursor="next"),
        rows(moved("TRANSFER_IN", since_ms + 3, "7"), moved("TRANSFER_IN", since_ms + 3, "1", coin="BTC")),
        rows(moved("TRANSFER_OUT", since_ms + 4, "-50.5")),
        rows(),
        rows(moved("TRANSFER_OUT", NOW - 1, "-1")),
    )
    answer, _ = execute(FetchTransfers("USDT", TimeMs(since_ms)), session)
    assert answer == TransfersLoaded(
        "USDT",
        (
            (TimeMs(since_ms + 3), Decimal(7)),
            (TimeMs(since_ms + 4), Decimal("-50.5")),
            (TimeMs(since_ms + 5), Decimal(100)),
            (TimeMs(NOW - 1), Decimal(-1)),
        ),
    )
    assert [(call["type"], call["startTime"], call.get("cursor")) for _, call in session.calls] == [
        ("TRANSFER_IN", since_ms, None),
        ("TRANSFER_IN", since_ms, "next"),
        ("TRANSFER_OUT", since_ms, None),
        ("TRANSFER_IN", since_ms + WEEK_MS, None),
        ("TRANSFER_OUT", since_ms + WEEK_MS, None),
    ]


def test_a_failed_question_proves_nothing() -> None:
    request = FetchTransfers("USDT", NOW)
    for reply, transient in (
        (NoAnswer("timeout"), True),
        (answered(code=10005, text="permission denied"), False),
        (rows({"type": "TRANSFER_IN", "currency": "USDT"}), True),
    ):
        failed, _ = execute(request, ScriptedSession(reply))
        assert isinstance(failed, RequestFailed)
        assert (failed.to, failed.transient) == ("account", transient)


def test_money_that_is_put_in_and_taken_out_is_found_over_the_wire() -> None:
    with SimulatorProcess(SimulatorSettings(symbols=("BTCUSDT",), speed=1.0)) as process:
        with ControlClient(process.endpoints) as hand:
            began_ms = hand.clock().now_ms
            for amount in ("25.5", "-100"):
                hand.request("POST", "deposit", {"account": process.endpoints.account, "amount": amount})
        session = PybitSession(venue_of(process.endpoints), keys_of(process.endpoints))
        core = ExchangeWorkerCore(0, session)
        loaded, _ = core.handle(ExecuteRequest(0, FetchTransfers("USDT", TimeMs(began_ms))), TimeMs(began_ms + 1000))
        session.close()
    assert isinstance(loaded, TransfersLoaded)
    # Both may be of one millisecond, in which they have no order.
    assert sorted(amount for _, amount in loaded.transfers) == [Decimal(-100), Decimal("25.5")]
