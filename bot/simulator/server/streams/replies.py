"""What stream operations are answered with; every kind of stream has its own way to say it."""

from typing import Any, Final

import msgspec

from bot.simulator.server.connection import Connection
from bot.simulator.server.wire import text_frame

_encode = msgspec.json.Encoder().encode

SPOT_PATH: Final = "/v5/public/spot"
OPTION_PATH: Final = "/v5/public/option"
STATUS_PATH: Final = "/v5/public/misc/status"
PRIVATE_PATH: Final = "/v5/private"
TRADE_PATH: Final = "/v5/trade"
PUBLIC_CATEGORIES: Final = ("linear", "inverse", "spot", "option")

PARAMS_ERROR: Final = "Params Error"

type Reply = dict[str, Any]


def say(connection: Connection, reply: Reply) -> None:
    """Queue an answer."""
    connection.send(text_frame(_encode(reply)))


def ack(connection: Connection, operation: str, req_id: object, refusal: str = "") -> Reply:
    """Bybit V5 docs, WebSocket connect. Spot says "subscribe" where the others say nothing."""
    fine = operation if connection.path == SPOT_PATH and operation == "subscribe" else ""
    head = {"success": not refusal, "ret_msg": refusal or fine, "conn_id": connection.conn_id}
    return head | {"req_id": req_id, "op": operation}


def option_ack(connection: Connection, failed: list[str], done: list[str]) -> Reply:
    """The option stream lists what worked and what did not."""
    topics = {"failTopics": failed, "successTopics": done}
    return {"success": not failed, "conn_id": connection.conn_id, "data": topics, "type": "COMMAND_RESP"}


def pong(connection: Connection, req_id: object, wall_ms: int) -> Reply:
    """The answer to {"op":"ping"}."""
    stamp, conn_id = str(wall_ms), connection.conn_id
    match connection.path:
        case "/v5/private":
            return {"req_id": req_id, "op": "pong", "args": [stamp], "conn_id": conn_id}
        case "/v5/trade":
            return {"retCode": 0, "retMsg": "OK", "op": "pong", "data": [stamp], "connId": conn_id}
        case "/v5/public/option":
            return {"args": [stamp], "op": "pong"}
        case _:
            return {"success": True, "ret_msg": "pong", "conn_id": conn_id, "req_id": req_id, "op": "ping"}


def not_found(topic: str) -> str:
    return f"error:handler not found,topic:{topic}"


def already_subscribed(topic: str) -> str:
    return f"error:already subscribed,topic:{topic}"
