"""From a caller who has proven who he is to the exchange: permission, expiry, rate, parameters."""

import logging
from dataclasses import dataclass
from typing import Any

from bot.simulator.permissions import needed
from bot.simulator.routes.order_batch import CONTRACTS_MAX, SPOT_MAX
from bot.simulator.server.auth import Keyring, Refusal
from bot.simulator.server.endpoints import KEY_INFO_PATH, MARKET_TIME_PATH, Endpoint
from bot.simulator.server.key_info import key_fields
from bot.simulator.server.limits.users import Allowance, UserLimits
from bot.simulator.server.venue import Venue

_log = logging.getLogger(__name__)

TOO_MANY = Refusal(10006, "Too many visits!")
BAD_PARAMS = Refusal(10001, "request params type error")
BROKEN = Refusal(10016, "System error. Please try again later.")


@dataclass(frozen=True, slots=True)
class Reply:
    """An envelope, still without its time, and what is left of the caller's allowance."""

    envelope: dict[str, Any]
    allowance: Allowance


class Gateway:
    """The one way into the core for REST and the trade stream: the same checks, the same windows.

    A bug in the core is logged and answered with 10016; nothing raises. Belongs to the asyncio loop.
    """

    def __init__(self, venue: Venue, keyring: Keyring, limits: UserLimits) -> None:
        self._venue = venue
        self._keyring = keyring
        self._limits = limits

    def call(self, api_key: str | None, endpoint: Endpoint, params: object, wall_ms: int, lag_ms: int = 0) -> Reply:
        """Answer a request.

        Args:
            api_key: whose signature was good; None = not signed.
            endpoint: what is called.
            params: the query or body, parsed; anything but an object is refused with 10001.
            wall_ms: server wall clock, ms since the epoch.
            lag_ms: a query is answered as of so much market time ago.
        """
        fields = params if isinstance(params, dict) else {}
        category = fields.get("category")
        user: str | None = None
        if endpoint.signed:
            permission = None if endpoint.permission is None else needed(endpoint.permission, category)
            caller = self._keyring.permit(api_key or "", permission, write=endpoint.write, wall_ms=wall_ms)
            if isinstance(caller, Refusal):
                return Reply(refused(caller), self._limits.take(None, endpoint, category, wall_ms))
            user = caller.account
        wanted = _orders(fields) if endpoint.batch else 1
        allowance = self._limits.take(user, endpoint, category, wall_ms, wanted)
        if allowance.granted == 0:
            return Reply(refused(TOO_MANY), allowance)
        if not isinstance(params, dict):
            return Reply(refused(BAD_PARAMS), allowance)
        if allowance.granted < wanted:
            return Reply(self._head_of_batch(user, endpoint, fields, allowance.granted), allowance)
        envelope = self._ask(user, endpoint, fields, lag_ms)
        if endpoint.path == KEY_INFO_PATH and envelope["retCode"] == 0 and api_key is not None:
            key = self._keyring.find(api_key)
            envelope["result"] |= {} if key is None else key_fields(key, wall_ms)
        return Reply(envelope, allowance)

    def _ask(self, user: str | None, endpoint: Endpoint, params: dict[str, Any], lag_ms: int = 0) -> dict[str, Any]:
        try:
            return self._venue.request(user, endpoint.method, endpoint.path, params, lag_ms)
        except Exception:  # noqa: BLE001 (one bad request must not end the exchange)
            _log.exception("%s %s failed", endpoint.method, endpoint.path)
            return refused(BROKEN)

    def _head_of_batch(
        self, user: str | None, endpoint: Endpoint, params: dict[str, Any], granted: int
    ) -> dict[str, Any]:
        """Bybit V5 docs, rate limits: what is over the limit fails by itself, the head of the batch goes on."""
        items = params["request"]
        envelope = self._ask(user, endpoint, params | {"request": items[:granted]})
        rows, outcomes = envelope["result"].get("list"), envelope["retExtInfo"].get("list")
        if isinstance(rows, list) and isinstance(outcomes, list):
            created = endpoint.path.endswith("create-batch")
            rows += [_failed_row(params.get("category"), item, created=created) for item in items[granted:]]
            outcomes += [{"code": TOO_MANY.ret_code, "msg": TOO_MANY.ret_msg}] * (len(items) - granted)
        return envelope


def refused(refusal: Refusal) -> dict[str, Any]:
    """An envelope that says no."""
    return {"retCode": refusal.ret_code, "retMsg": refusal.ret_msg, "result": {}, "retExtInfo": {}}


def market_time(wall_ns: int) -> dict[str, Any]:
    """Wall clock: what signatures are checked against. Market time is in the streams and results."""
    result = {"timeSecond": str(wall_ns // 1_000_000_000), "timeNano": str(wall_ns)}
    return {"retCode": 0, "retMsg": "OK", "result": result, "retExtInfo": {}}


def is_market_time(endpoint: Endpoint) -> bool:
    return endpoint.path == MARKET_TIME_PATH


def _orders(params: dict[str, Any]) -> int:
    items = params.get("request")
    largest = SPOT_MAX if params.get("category") == "spot" else CONTRACTS_MAX
    return len(items) if isinstance(items, list) and 1 <= len(items) <= largest else 1


def _failed_row(category: object, item: object, *, created: bool) -> dict[str, Any]:
    fields = item if isinstance(item, dict) else {}
    row = {"category": category, "symbol": fields.get("symbol", ""), "orderId": ""}
    row["orderLinkId"] = fields.get("orderLinkId", "")
    return row | {"createAt": ""} if created else row
