"""Market queries to another public V5 endpoint: unsigned, with a short memory."""

import asyncio
import logging
import time
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
ATTEMPTS, PAUSE_S = 3, 0.5
FRESH_S: Final = 1.0
REMEMBERED: Final = 1000
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
    """GET requests. Blocks; may be used from any thread."""

    def __init__(self, base: str) -> None:
        self._base = base.rstrip("/")
        here = urlsplit(base).hostname in HERE
        self._opener = build_opener(ProxyHandler({})) if here else build_opener()

    def envelope(self, path: str, query: str) -> dict[str, Any]:
        """What it answers. OSError or msgspec.DecodeError if that is no envelope."""
        request = Request(f"{self._base}{path}?{query}", headers={"Accept": "application/json"})  # noqa: S310 (checked)
        try:
            with self._opener.open(request, timeout=TIMEOUT_S) as response:
                return _decode(response.read())
        except HTTPError as error:
            with error:
                raise OSError(f"HTTP {error.code}") from None

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

    Belongs to an asyncio loop; requests run in threads.
    """

    def __init__(self, rest: UpstreamRest, markets: tuple[str, ...]) -> None:
        self._rest = rest
        self._markets = frozenset(markets)
        self._known: dict[tuple[str, str], tuple[float, asyncio.Task[dict[str, Any] | None]]] = {}

    async def answer(self, path: str, query: bytes) -> dict[str, Any] | None:
        """The upstream's envelope; None = the exchange itself is to answer, because the upstream can not."""
        text = query.decode("ascii", "replace")
        if path not in SERIES or not self._is_ours(text):
            return None
        now_s, key = asyncio.get_running_loop().time(), (path, text)
        known = self._known.get(key)
        if known is None or now_s - known[0] > FRESH_S:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            known = self._known[key] = (now_s, asyncio.create_task(self._fetch(path, text)))
        return await asyncio.shield(known[1])

    async def _fetch(self, path: str, query: str) -> dict[str, Any] | None:
        try:
            return await asyncio.to_thread(self._rest.envelope, path, query)
        except (OSError, msgspec.MsgspecError) as error:
            _log.warning("upstream %s?%s: %s; answered from what is known here", path, query, error)
            return None

    def _is_ours(self, query: str) -> bool:
        params = dict(parse_qsl(query))
        return market_id(params.get("category", "linear"), params.get("symbol", "")) in self._markets
