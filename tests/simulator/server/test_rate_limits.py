"""Rate limits as a client meets them."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from pybit.exceptions import InvalidRequestError

from bot.simulator.child import SimulatorProcess
from bot.simulator.ready import Endpoints
from bot.simulator.settings import SimulatorSettings
from bot.simulator.settings_parts import AddressSettings
from tests.simulator.server.pybit_clients import rest_session

NO_RETRIES = {"retry_codes": {-999_999}}


@pytest.fixture(scope="module")
def at() -> Iterator[Endpoints]:
    with SimulatorProcess(SimulatorSettings(symbols=("BTCUSDT",))) as process:
        yield process.endpoints


def far_orders(count: int) -> list[dict[str, str]]:
    order = {"symbol": "BTCUSDT", "side": "Buy", "orderType": "Limit", "qty": "0.001", "timeInForce": "GTC"}
    return [order | {"price": str(10_000 + number)} for number in range(count)]


def test_the_eleventh_order_of_a_second_is_refused_and_told_when_to_come_back(at: Endpoints) -> None:
    session = rest_session(at, **NO_RETRIES, return_response_headers=True, ignore_codes={10006})
    seen: list[tuple[int, int, int]] = []
    for order in far_orders(15):
        answer, _, headers = session.place_order(category="linear", **order)
        reset_ms = int(headers["X-Bapi-Limit-Reset-Timestamp"])
        seen.append((answer["retCode"], int(headers["X-Bapi-Limit-Status"]), reset_ms - answer["time"]))
        if answer["retCode"] == 10006:
            break
    *fine, (code, left, wait_ms) = seen
    assert {each[0] for each in fine} == {0}
    assert len(fine) >= 10
    assert (code, left) == (10006, 0)
    assert 0 < wait_ms <= 1001


def test_pybit_waits_out_a_10006_by_itself(at: Endpoints) -> None:
    session = rest_session(at)
    for order in far_orders(12):
        assert session.place_order(category="linear", **order)["retCode"] == 0


def test_a_refused_request_does_nothing(at: Endpoints) -> None:
    session = rest_session(at, **NO_RETRIES, ignore_codes={10006})
    answers = [
        session.place_order(category="linear", **order, orderLinkId=f"n-{number}")
        for number, order in enumerate(far_orders(30))
    ]
    refused = [number for number, each in enumerate(answers) if each["retCode"] == 10006]
    assert refused
    found = session.get_open_orders(category="linear", symbol="BTCUSDT", orderLinkId=f"n-{refused[0]}")
    assert found["result"]["list"] == []


def test_the_tail_of_a_batch_over_the_limit_fails_by_itself() -> None:
    with SimulatorProcess(SimulatorSettings(symbols=("BTCUSDT",))) as process:
        session = rest_session(process.endpoints, **NO_RETRIES)
        answer = session.place_batch_order(category="linear", request=far_orders(15))
    codes = [each["code"] for each in answer["retExtInfo"]["list"]]
    assert codes == [0] * 10 + [10006] * 5
    rows = answer["result"]["list"]
    assert [bool(each["orderId"]) for each in rows] == [True] * 10 + [False] * 5
    assert rows[0].keys() == rows[-1].keys()


def test_a_batch_that_is_too_long_is_refused_whole() -> None:
    with SimulatorProcess(SimulatorSettings(symbols=("BTCUSDT",))) as process:
        session = rest_session(process.endpoints, **NO_RETRIES)
        with pytest.raises(InvalidRequestError) as caught:
            session.place_batch_order(category="linear", request=far_orders(21))
        assert caught.value.status_code == 10001
        assert session.get_open_orders(category="linear", symbol="BTCUSDT")["result"]["list"] == []


def test_the_address_limit_is_a_403_for_a_while() -> None:
    limits = AddressSettings(requests=5, window_s=60.0, ban_s=0.5)
    plain = requests.Session()
    plain.trust_env = False

    def ask(at: Endpoints) -> Any:
        return plain.get(f"{at.rest}/v5/market/time", timeout=5)

    with SimulatorProcess(SimulatorSettings(symbols=("BTCUSDT",), address_limits=limits)) as process:
        statuses = [ask(process.endpoints).status_code for _ in range(7)]
        assert statuses == [200] * 5 + [403] * 2
        deadline_s = time.monotonic() + 5
        while ask(process.endpoints).status_code == 403 and time.monotonic() < deadline_s:
            pass
        assert time.monotonic() > deadline_s - 4.7, "the ban was over at once"


def test_a_get_with_a_body_is_a_403(at: Endpoints) -> None:
    plain = requests.Session()
    plain.trust_env = False
    assert plain.get(f"{at.rest}/v5/market/time", data=b"{}", timeout=5).status_code == 403
