"""pybit as it is, against replies that are good, bad and missing."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bot.bybit.pybit_session import PybitSession
from bot.bybit.session import Answer, NoAnswer
from bot.bybit.venues import Credentials, bybit, simulator
from tests.bybit.scripted_http import Canned, ScriptedServer, scripted_server

WALL_MS = 1_760_000_000_000
ORDER = {"category": "linear", "symbol": "BTCUSDT", "orderLinkId": "bot-1", "qty": "0.01"}
KEYS = Credentials("key", "s3cret")


@contextmanager
def session_to(*replies: Canned) -> Iterator[tuple[PybitSession, ScriptedServer]]:
    with scripted_server(*replies) as server:
        session = PybitSession(simulator(server.url, ""), KEYS, timeout_s=0.3, wall_ms=lambda: WALL_MS)
        yield session, server
        session.close()


def reply(code: int, text: str = "OK", headers: tuple[tuple[str, str], ...] = ()) -> Canned:
    body = {"retCode": code, "retMsg": text, "result": {"orderId": "o-1"}, "retExtInfo": {}, "time": WALL_MS}
    return Canned(json.dumps(body).encode(), headers=headers)


def test_an_answer() -> None:
    with session_to(reply(0)) as (session, server):
        assert session.call("place_order", ORDER) == Answer(0, "OK", {"orderId": "o-1"})
    ((verb, path, body),) = server.asked
    assert (verb, path, json.loads(body)) == ("POST", "/v5/order/create", ORDER)


@pytest.mark.parametrize("code", [10001, 10002, 10016, 110007, 110072])
def test_an_error_code_is_an_answer_and_is_asked_once(code: int) -> None:
    with session_to(reply(code, "no")) as (session, server):
        assert session.call("place_order", ORDER) == Answer(code, "no", {})
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("header", "retry_after_ms"),
    [(WALL_MS + 700, 700), (WALL_MS + 60_000, 5_000), (WALL_MS - 5, 0), ("soon", 1_000), (None, 1_000)],
)
def test_too_many_requests_come_with_a_pause(header: object, retry_after_ms: int) -> None:
    headers = () if header is None else (("X-Bapi-Limit-Reset-Timestamp", str(header)),)
    with session_to(reply(10006, "Too many visits!", headers)) as (session, server):
        assert session.call("place_order", ORDER) == Answer(10006, "Too many visits!", {}, retry_after_ms)
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [403, 404, 429, 502])
def test_an_http_error_is_no_answer(status: int) -> None:
    with session_to(Canned(b"<html>", status)) as (session, _):
        answer = session.call("get_positions", {"category": "linear", "symbol": "BTCUSDT"})
    assert isinstance(answer, NoAnswer)
    assert answer.http_status == status


@pytest.mark.parametrize(
    "canned",
    [
        Canned(b"<html>not json</html>"),
        Canned(b"[1, 2]"),
        Canned(b'{"retCode": 10001}'),
        Canned(b'{"retCode": 0, "retMsg": "OK", "result": {"orderId": "o-1"}}', cut=True),
        Canned(hang=True),
    ],
    ids=["html", "a list", "no text", "cut off", "no reply in time"],
)
def test_what_is_no_clear_answer_is_none_and_the_order_leaves_once(canned: Canned) -> None:
    with session_to(canned) as (session, server):
        assert isinstance(session.call("place_order", ORDER), NoAnswer)
    assert len(server.asked) == 1


def test_nobody_there() -> None:
    with scripted_server() as server:
        url = server.url
    session = PybitSession(simulator(url, ""), KEYS, timeout_s=0.3)
    answer = session.call("place_order", ORDER)
    assert isinstance(answer, NoAnswer)
    assert "Connection" in answer.text


def test_secrets_do_not_show() -> None:
    session = PybitSession(simulator("http://127.0.0.1:1", ""), KEYS, timeout_s=0.3)
    answer = session.call("place_order", ORDER)
    assert isinstance(answer, NoAnswer)
    for shown in (repr(session), str(session), repr(KEYS), f"{KEYS}", answer.text):
        assert "s3cret" not in shown


@pytest.mark.parametrize(
    ("kind", "host"),
    [("mainnet", "api.bybit.com"), ("testnet", "api-testnet.bybit.com"), ("demo", "api-demo.bybit.com")],
)
def test_bybits_own_hosts(kind: str, host: str) -> None:
    session = PybitSession(bybit(kind), KEYS)  # type: ignore[arg-type]  # one of the literals
    assert session._http.endpoint == f"https://{host}"
