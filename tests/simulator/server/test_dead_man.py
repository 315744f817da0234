"""Disconnection protection: whose stream stays away loses his orders, whose comes back keeps them."""

from decimal import Decimal
from typing import Any

from bot.simulator.child import SimulatorProcess
from bot.simulator.settings import SimulatorSettings
from bot.simulator.settings_parts import KeySettings
from tests.simulator.server.pybit_clients import eventually, rest_session
from tests.simulator.server.raw_stream import RawStream

OTHER = KeySettings(api_key="second", api_secret="s-secret", account="other")
RESTING = {"category": "linear", "symbol": "BTCUSDT", "side": "Buy", "orderType": "Limit", "qty": "0.01"}
SETTINGS = SimulatorSettings(symbols=("BTCUSDT",), accounts={"other": {"USDT": Decimal(5_000)}}, keys=(OTHER,))


def state_of(session: Any, order_id: str) -> tuple[str, str]:
    row = session.get_open_orders(category="linear", symbol="BTCUSDT", orderId=order_id)["result"]["list"][0]
    return row["orderStatus"], row["cancelType"]


def test_orders_go_with_the_stream_unless_it_comes_back_in_time() -> None:
    with SimulatorProcess(SETTINGS) as process:
        at = process.endpoints
        sessions = [rest_session(at), rest_session(at, api_key=OTHER.api_key, api_secret=OTHER.api_secret)]
        last = Decimal(sessions[0].get_tickers(category="linear", symbol="BTCUSDT")["result"]["list"][0]["lastPrice"])
        price = str((last * Decimal("0.8")).quantize(Decimal("0.1")))
        orders = []
        for session in sessions:
            session.set_dcp(product="DERIVATIVES", timeWindow=3)
            orders.append(session.place_order(**RESTING, price=price)["result"]["orderId"])
        streams = [RawStream(at, "/v5/private"), RawStream(at, "/v5/private")]
        for stream, key in zip(streams, (("", ""), (OTHER.api_key, OTHER.api_secret)), strict=True):
            stream.login(at, *key)
            assert stream.ask(op="subscribe", args=["dcp.future"])["success"]
        streams[1].drop()
        streams[0].drop()
        back = RawStream(at, "/v5/private")
        back.login(at, OTHER.api_key, OTHER.api_secret)
        assert back.ask(op="subscribe", args=["dcp.future"])["success"]
        gone = ("Cancelled", "CancelByDCP")
        eventually(lambda: state_of(sessions[0], orders[0]) == gone, "the orders of a client that has gone stayed")
        assert state_of(sessions[1], orders[1]) == ("New", "UNKNOWN")
        back.drop()
