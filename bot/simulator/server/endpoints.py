"""The REST paths the simulator serves: who may call them, and how often."""

from dataclasses import dataclass
from typing import Literal

from bot.simulator.permissions import ORDER, POSITION, TRANSFER, Permission

MARKET_TIME_PATH = "/v5/market/time"
KEY_INFO_PATH = "/v5/user/query-api"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One REST path (Bybit V5 docs, rate limits).

    Attributes:
        signed: whether it needs a key.
        limit: requests (orders, if `batch`) per user and window; None = limited by address only.
        spot_limit: the same for category spot, which has a bucket of its own.
        window_ms: length of the rolling window.
        permission: what the key must be allowed to; None = nothing in particular.
        batch: whether every item of `request` counts.
    """

    method: Literal["GET", "POST"]
    path: str
    signed: bool
    limit: int | None = None
    spot_limit: int | None = None
    window_ms: int = 1000
    permission: Permission | None = None
    batch: bool = False

    @property
    def write(self) -> bool:
        return self.method == "POST"

    def cap(self, category: object) -> int | None:
        """How many requests fit into one window for the category that a request names."""
        return self.spot_limit if category == "spot" and self.spot_limit is not None else self.limit

    def bucket(self, category: object) -> str:
        """What shares one window: the path, with spot apart where it has its own limit."""
        return f"{self.path} spot" if category == "spot" and self.spot_limit is not None else self.path


def _public(name: str) -> Endpoint:
    return Endpoint("GET", f"/v5/{name}", signed=False)


def _read(path: str, limit: int = 50) -> Endpoint:
    return Endpoint("GET", f"/v5/{path}", signed=True, limit=limit)


def _order(name: str, spot_limit: int | None = None, *, batch: bool = False) -> Endpoint:
    path = f"/v5/order/{name}"
    return Endpoint("POST", path, signed=True, limit=10, spot_limit=spot_limit, permission=ORDER, batch=batch)


def _position(name: str) -> Endpoint:
    return Endpoint("POST", f"/v5/position/{name}", signed=True, limit=10, permission=POSITION)


def _write(path: str, limit: int, permission: Permission | None = None) -> Endpoint:
    return Endpoint("POST", f"/v5/{path}", signed=True, limit=limit, permission=permission)


_MARKET = (
    *("time", "instruments-info", "kline", "mark-price-kline", "index-price-kline", "premium-index-price-kline"),
    *("tickers", "orderbook", "recent-trade", "funding/history", "open-interest", "risk-limit", "insurance"),
    *("price-limit", "adlAlert", "account-ratio", "delivery-price"),
)
_ALL = (
    *(_public(f"market/{name}") for name in _MARKET),
    _public("system/status"),
    _order("create", 20),
    _order("amend"),
    _order("cancel", 20),
    _order("cancel-all", 20),
    _order("create-batch", 20, batch=True),
    _order("amend-batch", 20, batch=True),
    _order("cancel-batch", 20, batch=True),
    _order("pre-check", 20),
    _write("order/disconnected-cancel-all", 5),
    _read("order/realtime"),
    _read("order/history"),
    _read("order/spot-borrow-check"),
    _read("execution/list"),
    _read("position/list"),
    _read("position/closed-pnl"),
    _read("position/symbol-info"),
    *(_position(name) for name in ("set-leverage", "switch-mode", "switch-isolated", "trading-stop")),
    *(_position(name) for name in ("set-auto-add-margin", "add-margin", "confirm-pending-mmr")),
    *(_position(name) for name in ("set-tpsl-mode", "set-risk-limit")),
    _read("account/wallet-balance"),
    _read("account/info"),
    _read("account/collateral-info"),
    _read("account/borrow-history"),
    _read("account/withdrawal"),
    _read("account/transaction-log", 25),
    _read("account/fee-rate", 5),
    _read("account/query-dcp-info", 5),
    _read("account/user-setting-config"),
    _read("account/mmp-state"),
    _read("account/smp-group", 10),
    _write("account/set-margin-mode", 5, POSITION),
    _write("account/set-limit-px-action", 10, POSITION),
    _write("account/mmp-modify", 5),
    _write("account/mmp-reset", 5),
    Endpoint("POST", "/v5/asset/transfer/inter-transfer", signed=True, limit=60, window_ms=60_000, permission=TRANSFER),
    Endpoint("GET", "/v5/asset/transfer/query-inter-transfer-list", signed=True, limit=60, window_ms=60_000),
    _read("asset/transfer/query-account-coins-balance", 10),
    _read("asset/transfer/query-account-coin-balance", 10),
    _read("asset/coin/query-info", 10),
    _read("user/query-api", 10),
)

ENDPOINTS: dict[tuple[str, str], Endpoint] = {(each.method, each.path): each for each in _ALL}
"""Every path that is let in: those of the exchange's core."""
