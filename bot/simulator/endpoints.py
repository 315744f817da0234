"""The REST paths the simulator serves, and the limit each one announces."""

from dataclasses import dataclass
from typing import Literal

MARKET_TIME_PATH = "/v5/market/time"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One REST path.

    `limit_per_s` is the default cap per user and second of the Bybit V5 docs (rate limits); it goes out in
    `X-Bapi-Limit`. Public market paths are limited by address only and carry no cap.
    """

    method: Literal["GET", "POST"]
    path: str
    signed: bool
    limit_per_s: int | None = None


def _public(name: str) -> Endpoint:
    return Endpoint("GET", f"/v5/market/{name}", signed=False)


def _read(path: str, limit_per_s: int = 50) -> Endpoint:
    return Endpoint("GET", f"/v5/{path}", signed=True, limit_per_s=limit_per_s)


def _write(path: str, limit_per_s: int = 10) -> Endpoint:
    return Endpoint("POST", f"/v5/{path}", signed=True, limit_per_s=limit_per_s)


_ALL = (
    _public("time"),
    _public("instruments-info"),
    _public("kline"),
    _public("tickers"),
    _public("orderbook"),
    _public("recent-trade"),
    _read("account/fee-rate", 5),
    _read("account/wallet-balance"),
    _read("account/info"),
    _read("position/list"),
    _read("order/realtime"),
    _read("order/history"),
    _read("execution/list"),
    _read("user/query-api", 10),
    _write("position/set-leverage"),
    _write("position/switch-mode"),
    _write("position/trading-stop"),
    _write("order/create"),
    _write("order/cancel"),
    _write("order/cancel-all"),
)

ENDPOINTS: dict[tuple[str, str], Endpoint] = {(each.method, each.path): each for each in _ALL}
