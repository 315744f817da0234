"""Faults of REST requests, of the port and of the clock, as pybit and plain clients meet them."""

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import websocket
from pybit.exceptions import FailedRequestError, InvalidRequestError

from bot.simulator.child import SimulatorProcess
from bot.simulator.control_client import ControlClient
from bot.simulator.errors import SimulatorError
from bot.simulator.ready import Endpoints
from bot.simulator.settings import SimulatorSettings, settings_from_json
from tests.simulator.server.pybit_clients import eventually, rest_session
from tests.simulator.server.raw_stream import RawStream

CREATE = "/v5/order/create"
FAR = {"category": "linear", "symbol": "BTCUSDT", "side": "Buy", "orderType": "Limit", "qty": "0.001", "price": "10000"}
NO_ANSWER = (requests.exceptions.ConnectionError, requests.exceptions.ChunkedEncodingError)


@pytest.fixture(scope="module")
def at() -> Iterator[Endpoints]:
    settings = SimulatorSettings(symbols=("BTCUSDT", "ETHUSDT"), speed=1.0, rate_limits=False)
    with SimulatorProcess(settings) as process:
        yield process.endpoints


@pytest.fixture
def control(at: Endpoints) -> Iterator[ControlClient]:
    with ControlClient(at) as client:
        yield client
        client.clear_faults()


@pytest.fixture
def session(at: Endpoints) -> Any:
    return rest_session(at, retry_codes={-999_999})


def known(session: Any, link_id: str) -> bool:
    answer = session.get_open_orders(category="linear", symbol="BTCUSDT", orderLinkId=link_id)
    return bool(answer["result"]["list"])


@pytest.mark.parametrize("how", ["close", "reset"])
@pytest.mark.parametrize(("fault", "applied"), [("reply_lost", True), ("request_lost", False)])
def test_an_answer_that_never_comes(control: ControlClient, session: Any, fault: str, how: str, applied: bool) -> None:
    control.faults({"fault": fault, "at": CREATE, "nth": 1, "how": how})
    link_id = f"{fault}-{how}"
    with pytest.raises(NO_ANSWER):
        session.place_order(**FAR, orderLinkId=link_id)
    assert known(session, link_id) is applied
    assert session.place_order(**FAR, orderLinkId=f"{link_id}-2")["retCode"] == 0, "only the first is struck"


def test_a_silent_server_makes_clients_wait(control: ControlClient, at: Endpoints) -> None:
    control.faults({"fault": "request_lost", "at": "/v5/market/*", "how": "silence"})
    impatient = rest_session(at, timeout=0.3)
    with pytest.raises(requests.exceptions.ReadTimeout):
        impatient.get_server_time()
    control.clear_faults()
    assert impatient.get_server_time()["retCode"] == 0


def test_a_reply_cut_in_the_middle(control: ControlClient, session: Any) -> None:
    control.faults({"fault": "reply_cut", "at": CREATE, "nth": 1})
    with pytest.raises(NO_ANSWER):
        session.place_order(**FAR, orderLinkId="cut-1")
    assert known(session, "cut-1")


def test_delays_before_and_after_the_work(control: ControlClient, session: Any, at: Endpoints) -> None:
    control.faults({"fault": "reply_delayed", "at": CREATE, "nth": 1, "delay_ms": 300})
    began_s = time.monotonic()
    session.place_order(**FAR, orderLinkId="late-1")
    assert time.monotonic() - began_s > 0.29
    control.clear_faults()
    control.faults({"fault": "request_delayed", "at": CREATE, "delay_ms": 400})
    hasty = rest_session(at, retry_codes={-999_999}, recv_window=200)
    with pytest.raises(InvalidRequestError) as caught:
        hasty.place_order(**FAR, orderLinkId="late-2")
    assert caught.value.status_code == 10002
    control.clear_faults()
    assert not known(session, "late-2")


@pytest.mark.parametrize("status", [403, 404, 429, 500, 502, 503])
def test_answers_from_in_front_of_the_exchange(control: ControlClient, session: Any, status: int) -> None:
    control.faults({"fault": "http", "at": CREATE, "nth": 1, "status": status})
    with pytest.raises(FailedRequestError) as caught:
        session.place_order(**FAR)
    assert caught.value.status_code == status


def test_any_ret_code_applied_or_not(control: ControlClient, session: Any) -> None:
    control.faults(
        {"fault": "ret_code", "at": CREATE, "nth": 1, "code": 10016, "text": "Request timeout", "applied": True},
        {"fault": "ret_code", "at": CREATE, "nth": 2, "code": 110007},
    )
    for link_id, code, applied in (("code-1", 10016, True), ("code-2", 110007, False)):
        with pytest.raises(InvalidRequestError) as caught:
            session.place_order(**FAR, orderLinkId=link_id)
        assert caught.value.status_code == code
        assert known(session, link_id) is applied


def test_a_10006_by_schedule_has_its_reset_in_the_future(control: ControlClient, at: Endpoints) -> None:
    control.faults({"fault": "ret_code", "at": "/v5/position/list", "last": 2, "code": 10006})
    assert rest_session(at).get_positions(category="linear", symbol="BTCUSDT")["retCode"] == 0, (
        "pybit waits and retries"
    )


def test_missing_changed_and_hidden_rows(control: ControlClient, session: Any) -> None:
    path = "/v5/position/list"
    ask = {"category": "linear", "symbol": "BTCUSDT"}
    control.faults(
        {"fault": "omit", "at": path, "nth": 1, "field": "leverage"},
        {"fault": "change", "at": path, "nth": 2, "field": "size", "value": None},
        {"fault": "omit", "at": path, "nth": 3, "field": "leverage", "symbol": "ETHUSDT"},
        {"fault": "short_page", "at": path, "nth": 4},
    )
    rows = [session.get_positions(**ask)["result"]["list"] for _ in range(5)]
    assert "leverage" not in rows[0][0]
    assert rows[1][0]["size"] is None
    assert rows[2][0]["leverage"]
    assert rows[3] == []
    assert rows[4][0]["leverage"]


def test_a_query_may_lag_behind_on_its_own(control: ControlClient, session: Any) -> None:
    session.place_order(**FAR, orderLinkId="lag-1")
    control.faults({"fault": "lag", "at": "/v5/order/realtime", "lag_ms": 600_000})
    session.cancel_order(category="linear", symbol="BTCUSDT", orderLinkId="lag-1")
    session.place_order(**FAR, orderLinkId="lag-2")
    stale = session.get_open_orders(category="linear", symbol="BTCUSDT", orderLinkId="lag-1")["result"]["list"]
    assert [each["orderStatus"] for each in stale] == ["New"]
    assert not known(session, "lag-2")
    history = session.get_order_history(category="linear", orderLinkId="lag-1")["result"]["list"]
    assert [each["orderStatus"] for each in history] == ["Cancelled"], "the history does not lag"
    control.clear_faults()
    assert known(session, "lag-2")


def test_a_lag_lets_things_through_when_their_time_has_come(control: ControlClient, session: Any) -> None:
    control.faults({"fault": "lag", "at": "/v5/order/realtime", "lag_ms": 400})
    session.place_order(**FAR, orderLinkId="lag-3")
    assert not known(session, "lag-3")
    eventually(lambda: known(session, "lag-3"), "it stays hidden")


def test_the_clock_may_be_ahead(control: ControlClient, session: Any) -> None:
    control.faults({"fault": "skew", "skew_ms": 8000})
    assert 7 < session.get_server_time()["time"] / 1000 - time.time() < 9
    with pytest.raises(InvalidRequestError) as caught:
        session.get_positions(category="linear", symbol="BTCUSDT")
    assert caught.value.status_code == 10002


def test_a_closed_port_refuses_until_it_opens_again(control: ControlClient, at: Endpoints, session: Any) -> None:
    session.get_server_time()
    control.pause()  # a busy machine must not play the window before anybody has looked
    control.faults({"fault": "port_closed", "for_ms": 700})
    plain = requests.Session()
    plain.trust_env = False

    def answered() -> bool:
        try:
            return plain.get(f"{at.rest}/v5/market/time", timeout=5).status_code == 200
        except requests.exceptions.ConnectionError:
            return False

    eventually(lambda: not answered(), "the port is open")
    control.resume()
    eventually(answered, "the port stays closed")
    assert session.get_server_time()["retCode"] == 0, "an old client comes back too"


def test_the_report_tells_how_often_each_fault_struck(control: ControlClient, session: Any) -> None:
    [number] = control.faults({"fault": "ret_code", "at": "/v5/market/time", "every": 2, "code": 10016})
    for _ in range(3):
        session.ignore_codes = {10016}
        session.get_server_time()
    [entry] = control.request("GET", "faults")["faults"]
    assert {
        "id": number,
        "seen": 3,
        "struck": 2,
        "fault": "ret_code",
        "code": 10016,
        "every": 2,
    }.items() <= entry.items()
    assert control.request("DELETE", f"faults?id={number}") == {"cleared": 1}
    assert control.request("GET", "faults")["faults"] == []


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        ({"fault": "fly"}, "fly"),
        ({"fault": "drop", "nth": 0}, "nth"),
        ({"fault": "ret_code"}, "code"),
        ({"fault": "drop", "att": "order"}, "att"),
        ({"fault": "http", "status": 200}, "status"),
    ],
)
def test_faults_that_do_not_fit_are_refused_by_name(control: ControlClient, fault: dict[str, Any], word: str) -> None:
    with pytest.raises(SimulatorError, match=f"400.*{word}"):
        control.faults({"fault": "drop"}, fault)
    assert control.request("GET", "faults")["faults"] == [], "all or none"
    with pytest.raises(SimulatorError, match=word):
        settings_from_json(json.dumps({"faults": [fault]}).encode(), "a test").check()


def test_faults_may_be_there_from_the_start() -> None:
    settings = settings_from_json(
        b'{"faults": [{"fault": "ret_code", "at": "/v5/market/time", "code": 10016}]}', "test"
    )
    with SimulatorProcess(settings) as process:
        with pytest.raises(InvalidRequestError) as caught:
            rest_session(process.endpoints).get_server_time()
        assert caught.value.status_code == 10016


def test_broken_answers_are_no_mistakes_of_the_server(tmp_path: Path) -> None:
    faults: tuple[dict[str, Any], ...] = (
        {"fault": "reply_cut", "at": "/v5/market/tickers"},
        {"fault": "request_lost", "at": "/v5/market/time", "how": "reset"},
        {"fault": "request_lost", "at": "/v5/public/linear", "how": "reset"},
        {"fault": "request_lost", "at": "/v5/public/spot", "how": "close"},
        {"fault": "http", "at": "/v5/public/option", "status": 503},
        {"fault": "request_delayed", "at": "/v5/public/inverse", "delay_ms": 300},
        {"fault": "request_lost", "at": "/v5/market/kline", "how": "silence"},
    )
    settings = SimulatorSettings(symbols=("BTCUSDT",))
    with SimulatorProcess(settings, tmp_path / "log") as process, ControlClient(process.endpoints) as client:
        client.faults(*faults)
        session = rest_session(process.endpoints, timeout=0.2)
        for method in ("get_tickers", "get_server_time"):
            params = {"category": "linear"} if method == "get_tickers" else {}
            with pytest.raises(NO_ANSWER):
                getattr(session, method)(**params)
        for name in ("linear", "spot", "option", "inverse"):
            with pytest.raises((OSError, websocket.WebSocketException)):
                RawStream(process.endpoints, f"/v5/public/{name}", timeout_s=0.2)
        with pytest.raises(requests.exceptions.ReadTimeout):
            session.get_kline(category="linear", symbol="BTCUSDT", interval="1")
        waiting = rest_session(process.endpoints)
        threading.Thread(target=lambda: _ignore(waiting), daemon=True).start()
        report = client.request
        eventually(lambda: report("GET", "faults")["faults"][6]["struck"] == 2, "a request that waits")
    assert "ERROR" not in (tmp_path / "log").read_text()


def _ignore(session: Any) -> None:
    """A request that is still waiting when the server ends."""
    with contextlib.suppress(requests.exceptions.ConnectionError):
        session.get_kline(category="linear", symbol="BTCUSDT", interval="1")
