"""Market queries to another public V5 endpoint: unsigned, with a short memory."""

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Callable
from http.client import HTTPException
from typing import Any, Final
from urllib.error import HTTPError
from urllib.parse import parse_qsl, urlencode, urlsplit
from urllib.request import ProxyHandler, Request, build_opener

import msgspec

from bot.simulator.feeds.contract import FeedError
from bot.simulator.frames.upstream_stream import HERE
from bot.simulator.instruments import market_id

_log = logging.getLogger(__name__)
_decode = msgspec.json.Decoder(dict[str, Any]).decode

TIMEOUT_S: Final = 10.0
QUERY_TIMEOUT_S: Final = 3.0
"""A client of ours waits no longer for the upstream: clients have their own time limits."""
QUERIES_AT_ONCE: Final = 8
ATTEMPTS, PAUSE_S = 3, 0.5
FRESH_S: Final = 1.0
FAILURES: Final = frozenset({10000, 10006, 10016, 10018, 429})
"""retCodes that say nothing of the query: the upstream is busy, or has had enough of us."""
SERIES: Final = frozenset(
    f"/v5/market/{each}"
    for each in (
        "kline",
        "mark-price-kline",
        "index-price-kline",
        "premium-index-price-kline",
        "funding/history",
        "open-interest",
        "account-ratio",
    )
)
"""What has a history that the frames of one run do not tell."""


class UpstreamRest:
    """GET requests. Blocks; may be used from any thread. `timeout_s` is that of every wait for the other side."""

    def __init__(self, base: str, timeout_s: float = TIMEOUT_S) -> None:
        self._timeout_s = timeout_s
        self._base = base.rstrip("/")
        here = urlsplit(base).hostname in HERE
        self._opener = build_opener(ProxyHandler({})) if here else build_opener()

    def envelope(self, path: str, query: str) -> dict[str, Any]:
        """What it answers. OSError or msgspec.DecodeError if that is no envelope."""
        try:
            request = Request(f"{self._base}{path}?{query}", headers={"Accept": "application/json"})  # noqa: S310 (checked)
            with self._opener.open(request, timeout=self._timeout_s) as response:
                return _decode(response.read())
        except HTTPError as error:
            with error:
                raise OSError(f"HTTP {error.code}") from None
        except (HTTPException, UnicodeError) as error:  # half an answer; a query that can not be sent
            raise OSError(repr(error)) from None

    def patient_for(self, timeout_s: float) -> "UpstreamRest":
        """The same upstream with another time limit."""
        return UpstreamRest(self._base, timeout_s)

    def result(self, path: str, **params: str) -> dict[str, Any]:
        """The result of a query. FeedError if it fails three times."""
        last = ""
        for attempt in range(ATTEMPTS):
            if attempt:
                time.sleep(PAUSE_S)
            try:
                envelope = self.envelope(path, urlencode(params))
            except (OSError, msgspec.MsgspecError) as error:
                last = str(error)
                continue
            if envelope.get("retCode") == 0:
                result: dict[str, Any] = envelope["result"]
                return result
            last = f"{envelope.get('retCode')} {envelope.get('retMsg')}"
        raise FeedError(f"upstream {self._base}{path}: {last}")


class UpstreamQueries:
    """Answers clients' queries of series of some markets from the upstream; the same query once in a second.

    Belongs to an asyncio loop; requests run in threads, for which the end of the process does not wait.
    """

    def __init__(self, rest: UpstreamRest, markets: tuple[str, ...]) -> None:
        self._rest = rest.patient_for(QUERY_TIMEOUT_S)
        self._markets = frozenset(markets)
        self._turn = asyncio.Semaphore(QUERIES_AT_ONCE)
        self._known: dict[tuple[str, str], asyncio.Task[dict[str, Any] | None]] = {}

    def __len__(self) -> int:
        return len(self._known)

    async def answer(self, path: str, query: bytes) -> dict[str, Any] | None:
        """The upstream's envelope; None = the exchange itself is to answer, because the upstream can not."""
        text = query.decode("ascii", "replace")
        if path not in SERIES or not self._is_ours(text):
            return None
        key = (path, text)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = asyncio.create_task(self._fetch(path, text))
            known.add_done_callback(
                lambda _: asyncio.get_running_loop().call_later(FRESH_S, self._known.pop, key, None)
            )
        return await asyncio.shield(known)

    async def _fetch(self, path: str, query: str) -> dict[str, Any] | None:
        try:
            async with self._turn:
                envelope = await _in_thread(lambda: self._rest.envelope(path, query))
        except (OSError, msgspec.MsgspecError, UnicodeError) as error:
            reason = str(error)
        else:
            code = envelope.get("retCode")
            if isinstance(code, int) and code not in FAILURES:
                return envelope
            reason = f"{code} {envelope.get('retMsg')}"
        _log.warning("upstream %s?%s: %s; answered from what is known here", path, query, reason)
        return None

    def _is_ours(self, query: str) -> bool:
        params = dict(parse_qsl(query))
        return market_id(params.get("category", "linear"), params.get("symbol", "")) in self._markets


async def _in_thread(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `work` returns or raises. Its thread ends with the process, whatever it waits for."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[dict[str, Any]] = loop.create_future()

    def settle(result: dict[str, Any] | None, error: Exception | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result or {})

    def run() -> None:
        outcome: tuple[dict[str, Any] | None, Exception | None]
        try:
            outcome = (work(), None)
        except Exception as error:  # noqa: BLE001 (raised again where it is waited for)
            outcome = (None, error)
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(settle, *outcome)

    threading.Thread(target=run, name="upstream-query", daemon=True).start()
    return await future
