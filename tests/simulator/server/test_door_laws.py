"""Whatever is sent to the REST door: an envelope with a retCode comes back, and what is refused changes nothing."""

import http.client
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.simulator.child import SimulatorProcess
from bot.simulator.control_client import ControlClient
from bot.simulator.ready import Endpoints
from bot.simulator.server.auth import signature
from bot.simulator.server.endpoints import ENDPOINTS, Endpoint
from bot.simulator.settings import SimulatorSettings
from tests.simulator.core.test_laws import NAMES, garbage

ENVELOPE = {"retCode", "retMsg", "result", "retExtInfo", "time"}
NOT_SERVED = 404
INTERNAL, PARAMS, TIMESTAMP = 10016, 10001, 10002
USUAL = {
    "category": "linear", "symbol": "BTCUSDT", "side": "Buy", "orderType": "Limit", "qty": "0.001", "price": "50000",
    "interval": "1", "intervalTime": "1h", "period": "1h", "coin": "USDT", "accountType": "UNIFIED", "tpslMode": "Full",
    "buyLeverage": "5", "sellLeverage": "5", "mode": 0, "positionIdx": 0, "baseCoin": "BTC", "timeWindow": 40,
    "setMarginMode": "REGULAR_MARGIN", "request": [],
}  # fmt: skip
NUMBERS = ("-1", "0", "1e400", "-0.0000000001", "9" * 60, "NaN", "Infinity", "0x10", "1_000", "\u0661", "1e-999")

endpoints = st.sampled_from(sorted(ENDPOINTS.values(), key=lambda each: each.path))
known_names = st.sampled_from([*NAMES, "request", "margin", "amount", "transferId", "intervalTime", "period", "cursor"])
values = st.one_of(garbage, st.sampled_from(NUMBERS), st.sampled_from(["NOPE", "BTCUSD", "spot", "inverse", "option"]))
params = st.dictionaries(known_names, values, max_size=6)


def _nested(depth: int) -> bytes:
    return b'{"category":' + b"[" * depth + b"]" * depth + b"}"


bodies = st.one_of(
    st.binary(max_size=60),
    st.sampled_from([b"", b"null", b"[]", b"0", b'"', b"{", b'{"qty": NaN}', b'{"qty": 1e999}', b'{"a":1}{', b"\x00"]),
    st.integers(1, 20_000).map(_nested),
    garbage.map(lambda value: json.dumps(value).encode()),
)
queries = st.one_of(
    st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="#"), max_size=60),
    st.sampled_from(["&&&", "=", "%", "%zz=%", "category=linear&category=spot", "symbol=%00", "limit=" + "9" * 300]),
)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any


class Door:
    """Sends exactly what it is told to, signed well."""

    def __init__(self, at: Endpoints) -> None:
        self._at = at
        address = urlsplit(at.rest)
        self._http = http.client.HTTPConnection(address.hostname or "", address.port, timeout=10)

    def close(self) -> None:
        self._http.close()

    def send(self, endpoint: Endpoint, payload: bytes, stamp: str | None = None) -> Answer:
        stamp = str(time.time_ns() // 1_000_000) if stamp is None else stamp
        key = self._at.api_key
        headers = {
            "X-BAPI-API-KEY": key,
            "X-BAPI-TIMESTAMP": stamp,
            "X-BAPI-RECV-WINDOW": "5000",
            "X-BAPI-SIGN": signature(self._at.api_secret, f"{stamp}{key}5000".encode() + payload),
        }
        if endpoint.write:
            self._http.request("POST", endpoint.path, payload, headers)
        else:
            self._http.request("GET", f"{endpoint.path}?{payload.decode('ascii')}", None, headers)
        response = self._http.getresponse()
        text = response.read()
        return Answer(response.status, json.loads(text) if text else None)


@pytest.fixture(scope="module")
def process() -> Iterator[SimulatorProcess]:
    with SimulatorProcess(
        SimulatorSettings(symbols=("BTCUSDT", "BTCUSD", "spot:BTCUSDT"), speed="lockstep")
    ) as started:
        yield started


@pytest.fixture(scope="module")
def door(process: SimulatorProcess) -> Iterator[Door]:
    opened = Door(process.endpoints)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def control(process: SimulatorProcess) -> Iterator[ControlClient]:
    with ControlClient(process.endpoints) as client:
        yield client


def encode(endpoint: Endpoint, fields: dict[str, Any]) -> bytes:
    if endpoint.write:
        return json.dumps(fields).encode()
    return "&".join(f"{quote(name)}={quote(_text(value))}" for name, value in fields.items()).encode("ascii")


def _text(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text.encode("utf-8", "replace").decode()


def check(answer: Answer, *, changed: bool) -> None:
    if answer.status == NOT_SERVED:
        assert not changed
        return
    assert answer.status == 200
    assert set(answer.body) == ENVELOPE
    assert isinstance(answer.body["retCode"], int)
    assert answer.body["retCode"] != INTERNAL
    assert answer.body["retCode"] == 0 or not changed


quick = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@quick
@given(endpoint=endpoints, fields=params, usual=st.booleans())
def test_garbage_values_are_answered(
    door: Door, control: ControlClient, endpoint: Endpoint, fields: dict[str, Any], usual: bool
) -> None:
    before = control.books("main")
    answer = door.send(endpoint, encode(endpoint, {**USUAL, **fields} if usual else fields))
    check(answer, changed=control.books("main") != before)


@quick
@given(endpoint=endpoints.filter(lambda each: each.write), body=bodies)
def test_bodies_that_make_no_sense_are_refused(
    door: Door, control: ControlClient, endpoint: Endpoint, body: bytes
) -> None:
    before = control.books("main")
    answer = door.send(endpoint, body)
    check(answer, changed=control.books("main") != before)
    assert control.books("main") == before


@quick
@given(endpoint=endpoints.filter(lambda each: not each.write), query=queries)
def test_queries_that_make_no_sense_are_refused(door: Door, endpoint: Endpoint, query: str) -> None:
    check(door.send(endpoint, query.encode()), changed=False)


@settings(quick, max_examples=100)
@given(
    endpoint=endpoints.filter(lambda each: each.signed),
    shift_ms=st.one_of(st.integers(-(10**15), -6_000), st.integers(2_000, 10**15)),
)
def test_early_and_late_requests_are_refused(
    door: Door, control: ControlClient, endpoint: Endpoint, shift_ms: int
) -> None:
    before = control.books("main")
    stamp = str(time.time_ns() // 1_000_000 + shift_ms)
    answer = door.send(endpoint, encode(endpoint, USUAL), stamp)
    check(answer, changed=control.books("main") != before)
    if answer.status != NOT_SERVED:
        assert answer.body["retCode"] in {TIMESTAMP, PARAMS}
    assert control.books("main") == before


@pytest.mark.parametrize("stamp", ["", "now", "-1", "1e13", "9" * 400, "NaN", " 1", "1.5"])
def test_timestamps_that_are_no_numbers_are_refused(door: Door, stamp: str) -> None:
    endpoint = ENDPOINTS["POST", "/v5/order/create"]
    assert door.send(endpoint, encode(endpoint, USUAL), stamp).body["retCode"] in {TIMESTAMP, PARAMS}
