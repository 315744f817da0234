"""Queries to an upstream that answers, fails, breaks off or says nothing."""

import asyncio
import http.server
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from bot.simulator.frames import upstream_rest
from bot.simulator.frames.upstream_rest import UpstreamQueries, UpstreamRest

KLINE = "/v5/market/kline"
QUERY = b"category=linear&symbol=BTCUSDT&interval=1"
GOOD = b'{"retCode":0,"retMsg":"OK","result":{"list":[]}}'


class Upstream(http.server.ThreadingHTTPServer):
    """Answers every query with the same bytes; None = never."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status = b"200 OK"
        self.body: bytes | None = GOOD
        self.promised: int | None = None
        self.asked: list[str] = []
        self.ended = threading.Event()


class Handler(http.server.BaseHTTPRequestHandler):
    server: Upstream

    def do_GET(self) -> None:
        upstream = self.server
        upstream.asked.append(self.path)
        if upstream.body is None:
            upstream.ended.wait(20)
            return
        length = len(upstream.body) if upstream.promised is None else upstream.promised
        self.wfile.write(b"HTTP/1.1 %b\r\nContent-Length: %d\r\n\r\n%b" % (upstream.status, length, upstream.body))

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.ended.set()
        server.shutdown()


def rest(upstream: Upstream) -> UpstreamRest:
    return UpstreamRest(f"http://127.0.0.1:{upstream.server_address[1]}")


def ask(upstream: Upstream, *queries: bytes) -> list[bool]:
    """Whether each query was answered by the upstream."""

    async def scenario() -> list[bool]:
        known = UpstreamQueries(rest(upstream), ("BTCUSDT",))
        answers = await asyncio.gather(*(known.answer(KLINE, query) for query in queries))
        return [each is not None for each in answers]

    return asyncio.run(scenario())


def test_the_same_query_is_sent_once(upstream: Upstream) -> None:
    assert ask(upstream, QUERY, QUERY, QUERY + b"&limit=5") == [True, True, True]
    assert len(upstream.asked) == 2


def test_answers_are_forgotten_when_they_are_old(upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upstream_rest, "FRESH_S", 0.01)

    async def scenario() -> None:
        known = UpstreamQueries(rest(upstream), ("BTCUSDT",))
        for number in range(3):
            await known.answer(KLINE, QUERY + b"&limit=%d" % number)
        for _ in range(1000):
            if not len(known):
                return
            await asyncio.sleep(0.005)
        raise AssertionError(f"{len(known)} answers are still known")

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("status", "body", "promised"),
    [
        (b"200 OK", GOOD, 5000),
        (b"200 OK", b"\xff\xfe", None),
        (b"200 OK", b'"text"', None),
        (b"403 Forbidden", b"", None),
        (b"nonsense", GOOD, None),
        (b"200 OK", b'{"retCode":10006,"retMsg":"Too many visits!"}', None),
        (b"200 OK", b'{"message":"no envelope"}', None),
    ],
)
def test_what_is_no_answer_is_left_to_the_exchange_here(
    upstream: Upstream, status: bytes, body: bytes, promised: int | None
) -> None:
    upstream.status, upstream.body, upstream.promised = status, body, promised
    assert ask(upstream, QUERY) == [False]


def test_a_refusal_of_the_query_itself_is_an_answer(upstream: Upstream) -> None:
    upstream.body = b'{"retCode":10001,"retMsg":"Invalid period!","result":{}}'
    assert ask(upstream, QUERY) == [True]


def test_a_query_that_can_not_be_sent_is_left_to_the_exchange_here(upstream: Upstream) -> None:
    assert ask(upstream, QUERY + b"&x=\xff") == [False]


def test_the_end_does_not_wait_for_an_upstream_that_says_nothing(upstream: Upstream) -> None:
    upstream.body = None
    code = f"""
import asyncio
from bot.simulator.frames.upstream_rest import UpstreamQueries, UpstreamRest
async def main():
    known = UpstreamQueries(UpstreamRest("http://127.0.0.1:{upstream.server_address[1]}"), ("BTCUSDT",))
    asking = asyncio.create_task(known.answer({KLINE!r}, {QUERY!r}))
    await asyncio.sleep(0.05)
    asking.cancel()
asyncio.run(main())
"""
    began_s = time.monotonic()
    subprocess.run([sys.executable, "-c", code], check=True, timeout=20)
    assert time.monotonic() - began_s < upstream_rest.QUERY_TIMEOUT_S
    assert upstream.asked
