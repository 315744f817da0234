"""The trade stream: orders over a WebSocket, through the same gateway as REST."""

import asyncio
import uuid
from collections.abc import Callable
from typing import Any, Final

from bot.simulator.server.auth import DEFAULT_RECV_WINDOW_MS, Credential, Keyring, Refusal, check_window
from bot.simulator.server.connection import Connection
from bot.simulator.server.endpoints import ENDPOINTS
from bot.simulator.server.faults.kinds import (
    AnyFault,
    Change,
    Ending,
    Omit,
    ReplyDelayed,
    ReplyLost,
    RequestDelayed,
    RequestLost,
    RetCode,
)
from bot.simulator.server.faults.rewrite import edited
from bot.simulator.server.faults.schedule import Event, Schedule
from bot.simulator.server.gateway import Gateway
from bot.simulator.server.limits.addresses import AddressLimits
from bot.simulator.server.rest import parse_json
from bot.simulator.server.streams.replies import TRADE_PATH, Reply, pong, say
from bot.simulator.server.wall_clock import WallClock

OPERATIONS: Final = {
    f"order.{name}": ENDPOINTS["POST", f"/v5/order/{name}"]
    for name in ("create", "amend", "cancel", "create-batch", "amend-batch", "cancel-batch")
}
CATEGORIES: Final = ("linear", "inverse", "spot", "option")
MAX_REQ_ID = 36
REMEMBERED_REQ_IDS = 10_000

UNKNOWN_OPERATION = Refusal(10404, "op type is not found.")
UNKNOWN_CATEGORY = Refusal(10404, "category is not correct.")
DUPLICATE = Refusal(20006, "reqId is duplicated.")
REPEATED_AUTH = Refusal(20001, "Repeat auth.")
NOT_AUTHENTICATED = Refusal(10003, "Request not authorized.")
TOO_FAST = Refusal(10403, "Exceed IP rate limit.")
BAD_PARAMS = Refusal(10001, "Param error.")


class TradeStream:
    """Answers the operations of `/v5/trade`. Belongs to the asyncio loop.

    Checks run: operation, login, address limit, time window, category, reqId, then those of the gateway.
    """

    def __init__(
        self,
        gateway: Gateway,
        keyring: Keyring,
        addresses: AddressLimits,
        schedule: Schedule,
        clock: WallClock,
        now_ms: Callable[[], int],
    ) -> None:
        self._gateway = gateway
        self._keyring = keyring
        self._addresses = addresses
        self._schedule = schedule
        self._clock = clock
        self._now_ms = now_ms

    def operate(self, connection: Connection, text: str, ip: str) -> None:
        """Do what one frame of a client asks for and queue the answer."""
        parsed = parse_json(text)
        frame: dict[str, Any] = parsed if isinstance(parsed, dict) else {}
        name = frame["op"] if isinstance(frame.get("op"), str) else ""
        if name == "ping":
            say(connection, pong(connection, "", self._clock.now_ms()))
            return
        if name == "auth":
            say(connection, self._authenticate(connection, frame.get("args"), ip))
            return
        fault = None
        if self._schedule:
            fault = self._schedule.strike(Event("trade", name, TRADE_PATH, connection.account), self._now_ms())
        if fault is None:
            say(connection, self._answer(connection, name, frame, ip))
        else:
            self._strike(fault, connection, lambda: self._answer(connection, name, frame, ip), frame)

    def _strike(
        self, fault: AnyFault, connection: Connection, answer: Callable[[], Reply], frame: dict[str, Any]
    ) -> None:
        later = asyncio.get_running_loop().call_later
        match fault:
            case RequestLost(how=how):
                _end(connection, how)
            case ReplyLost(how=how):
                answer()
                _end(connection, how)
            case RequestDelayed(delay_ms=delay_ms):
                later(delay_ms / 1000, lambda: say(connection, answer()))
            case ReplyDelayed(delay_ms=delay_ms):
                later(delay_ms / 1000, say, connection, answer())
            case RetCode(code=code, text=text, applied=applied):
                if applied:
                    answer()
                say(connection, self._reply(connection, frame, {"retCode": code, "retMsg": text}, {}))
            case Omit() | Change():
                say(connection, edited(answer(), fault))
            case _:
                say(connection, answer())

    def _authenticate(self, connection: Connection, args: object, ip: str) -> Reply:
        outcome: Credential | Refusal = REPEATED_AUTH
        if connection.account is None:
            outcome = self._keyring.check_stream(args, self._clock.now_ms(), ip)
        head: Reply = {"retCode": 0, "retMsg": "OK"}
        if isinstance(outcome, Refusal):
            head = {"retCode": outcome.ret_code, "retMsg": outcome.ret_msg}
        else:
            connection.account, connection.api_key = outcome.account, outcome.api_key
        return head | {"op": "auth", "connId": connection.conn_id}

    def _answer(self, connection: Connection, name: str, frame: dict[str, Any], ip: str) -> Reply:
        wall_ms = self._clock.now_ms()
        refusal = self._refusal(connection, name, frame, ip, wall_ms)
        if refusal is not None:
            envelope = {"retCode": refusal.ret_code, "retMsg": refusal.ret_msg}
            return self._reply(connection, frame, envelope, {})
        reply = self._gateway.call(connection.api_key, OPERATIONS[name], frame["args"][0], wall_ms)
        return self._reply(connection, frame, reply.envelope, reply.allowance.headers())

    def _refusal(
        self, connection: Connection, name: str, frame: dict[str, Any], ip: str, wall_ms: int
    ) -> Refusal | None:
        """Why the frame does not get as far as the exchange; None = it does."""
        if name not in OPERATIONS:
            return UNKNOWN_OPERATION
        if connection.account is None:
            return NOT_AUTHENTICATED
        if not self._addresses.admit_trade(ip, wall_ms):
            return TOO_FAST
        late = _late(frame.get("header"), wall_ms)
        wrong = _bad_args(frame.get("args"))
        return late or wrong or self._used(connection, frame.get("reqId", ""))

    def _used(self, connection: Connection, req_id: object) -> Refusal | None:
        """Note a reqId; it may come once per connection."""
        if not isinstance(req_id, str) or len(req_id) > MAX_REQ_ID:
            return BAD_PARAMS
        if not req_id:
            return None
        used = connection.req_ids
        if req_id in used:
            return DUPLICATE
        used[req_id] = None
        if len(used) > REMEMBERED_REQ_IDS:
            del used[next(iter(used))]
        return None

    def _reply(
        self, connection: Connection, frame: dict[str, Any], envelope: dict[str, Any], header: dict[str, str]
    ) -> Reply:
        head = {"reqId": frame["reqId"]} if "reqId" in frame else {}
        stamps = {"Traceid": uuid.uuid4().hex, "Timenow": str(self._clock.now_ms())}
        return head | {
            "retCode": envelope["retCode"],
            "retMsg": envelope["retMsg"],
            "op": frame.get("op", ""),
            "data": envelope.get("result", {}),
            "retExtInfo": envelope.get("retExtInfo", {}),
            "header": header | stamps,
            "connId": connection.conn_id,
        }


def _bad_args(args: object) -> Refusal | None:
    """`args` holds exactly one object, the body of the REST request."""
    match args:
        case [dict() as params]:
            return None if params.get("category") in CATEGORIES else UNKNOWN_CATEGORY
        case _:
            return BAD_PARAMS


def _late(header: object, wall_ms: int) -> Refusal | None:
    """Bybit V5 docs, WebSocket trade: the header's timestamp (number or text) obeys the window of REST."""
    if not isinstance(header, dict):
        return BAD_PARAMS
    stamp, window = header.get("X-BAPI-TIMESTAMP", ""), header.get("X-BAPI-RECV-WINDOW", DEFAULT_RECV_WINDOW_MS)
    return check_window(str(stamp), str(window), wall_ms)


def _end(connection: Connection, how: Ending) -> None:
    if how != "silence":
        connection.hang_up(reset=how == "reset")
