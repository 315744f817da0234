"""Every fault there is, as it is written in settings and sent to the control port."""

from typing import Any, ClassVar, Literal

import msgspec

TIME_MAX_MS = 10**13
"""In the year 2286; no number of a fault is larger."""

type Place = Literal["request", "trade", "frame", "operation", "port", "clock"]
"""Where a fault can strike: a REST path or stream handshake, an operation on the trade stream, a data frame,
a stream operation (subscribe, auth, ping), the listening port, the server's clock."""

type Ending = Literal["close", "reset", "silence"]
"""How a connection goes on that gets no answer: closed (FIN), reset (RST), or open and silent for ever."""


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="fault"):
    """When and where a fault strikes; the subclasses say what happens.

    It counts the events that match `at` (and `path`, `account`) inside its window, and strikes those whose
    number fits. Times are market time, ms.

    Attributes:
        at: REST path, stream path, trade operation, topic or stream operation; * stands for anything.
        path: stream path, for topics and operations that several streams have.
        account: only events of this account (frames, signed requests of the trade stream).
        nth: only this one, from 1.
        first, last: only these, both included.
        every: of these, only each so many-th.
        probability, seed: of these, only so many, drawn from the seed.
        from_ms, until_ms: window in market time, the end not included.
        after_ms, for_ms: the same, counted from the moment the fault is added (or from its start).
    """

    places: ClassVar[tuple[Place, ...]] = ()

    at: str = "*"
    path: str = "*"
    account: str | None = None
    nth: int | None = None
    first: int = 1
    last: int | None = None
    every: int = 1
    probability: float = 1.0
    seed: int = 0
    from_ms: int | None = None
    until_ms: int | None = None
    after_ms: int = 0
    for_ms: int | None = None


class RequestLost(Fault, frozen=True, kw_only=True, tag="request_lost"):
    """Nothing is done and nothing is answered. With how "silence" at a stream path: a half-open handshake."""

    places = ("request", "trade")
    how: Ending = "close"


class ReplyLost(Fault, frozen=True, kw_only=True, tag="reply_lost"):
    """The request is carried out, its answer never comes."""

    places = ("request", "trade")
    how: Ending = "close"


class RequestDelayed(Fault, frozen=True, kw_only=True, tag="request_delayed"):
    """The request is looked at `delay_ms` late (wall time): its signature may have run out by then."""

    places = ("request", "trade")
    delay_ms: int


class ReplyDelayed(Fault, frozen=True, kw_only=True, tag="reply_delayed"):
    """The request is carried out at once and answered `delay_ms` later (wall time)."""

    places = ("request", "trade")
    delay_ms: int


class ReplyCut(Fault, frozen=True, kw_only=True, tag="reply_cut"):
    """The request is carried out; its answer breaks off in the middle."""

    places = ("request",)


class HttpStatus(Fault, frozen=True, kw_only=True, tag="http"):
    """An answer from in front of the exchange: 403, 404, 429, 502 ... with a body that is no JSON.

    At a stream path it refuses the handshake. `applied`: the request is carried out nevertheless.
    """

    places = ("request",)
    status: int = 502
    body: str | None = None
    applied: bool = False


class RetCode(Fault, frozen=True, kw_only=True, tag="ret_code"):
    """Any retCode, with HTTP 200. `applied`: the request is carried out nevertheless."""

    places = ("request", "trade")
    code: int
    text: str = ""
    applied: bool = False


class Lag(Fault, frozen=True, kw_only=True, tag="lag"):
    """A query of an account (orders, history, executions, positions) is answered as of `lag_ms` of market time ago.

    The moment is exact to a fiftieth of the longest lag on the schedule.
    """

    places = ("request",)
    lag_ms: int


class ShortPage(Fault, frozen=True, kw_only=True, tag="short_page"):
    """A list is cut to `rows` and says that nothing follows; 0 hides everything."""

    places = ("request",)
    rows: int = 0


class Omit(Fault, frozen=True, kw_only=True, tag="omit"):
    """A field is missing from every row of an answer or frame; `symbol`: only from that symbol's."""

    places = ("request", "trade", "frame")
    field: str
    symbol: str | None = None


class Change(Fault, frozen=True, kw_only=True, tag="change"):
    """A field has another value, of the wrong type if wanted; `symbol`: only in that symbol's rows."""

    places = ("request", "trade", "frame")
    field: str
    value: Any = None
    symbol: str | None = None


class Drop(Fault, frozen=True, kw_only=True, tag="drop"):
    """A frame is not sent."""

    places = ("frame",)


class Double(Fault, frozen=True, kw_only=True, tag="double"):
    """A frame is sent twice."""

    places = ("frame",)


class Swap(Fault, frozen=True, kw_only=True, tag="swap"):
    """A frame changes places with the next one of its topic; it waits no longer when all faults are cleared."""

    places = ("frame",)


class Delay(Fault, frozen=True, kw_only=True, tag="delay"):
    """A frame is sent `delay_ms` of market time later; what follows it is not held up."""

    places = ("frame",)
    delay_ms: int


class Mangle(Fault, frozen=True, kw_only=True, tag="mangle"):
    """A frame is no JSON: cut in the middle, or `text` instead of it."""

    places = ("frame",)
    text: str | None = None


class Stall(Fault, frozen=True, kw_only=True, tag="stall"):
    """From this frame on its connections get no more data; their pings are answered."""

    places = ("frame",)


class HangUp(Fault, frozen=True, kw_only=True, tag="hang_up"):
    """Instead of this frame its connections end."""

    places = ("frame",)
    how: Literal["close", "reset"] = "reset"


class Swallow(Fault, frozen=True, kw_only=True, tag="swallow"):
    """A stream operation (subscribe, unsubscribe, auth, ping) is not answered. `applied`: but carried out."""

    places = ("operation",)
    applied: bool = False


class Refuse(Fault, frozen=True, kw_only=True, tag="refuse"):
    """A stream operation fails with `text`."""

    places = ("operation",)
    text: str = "Params Error"


class PortClosed(Fault, frozen=True, kw_only=True, tag="port_closed"):
    """Nobody can connect (connection refused) in its window. `cut`: and every connection is reset at its start."""

    places = ("port",)
    cut: bool = True


class Skew(Fault, frozen=True, kw_only=True, tag="skew"):
    """The server's clock is `skew_ms` ahead in its window: its time, its signature check, its stamps."""

    places = ("clock",)
    skew_ms: int


type AnyFault = (
    RequestLost
    | ReplyLost
    | RequestDelayed
    | ReplyDelayed
    | ReplyCut
    | HttpStatus
    | RetCode
    | Lag
    | ShortPage
    | Omit
    | Change
    | Drop
    | Double
    | Swap
    | Delay
    | Mangle
    | Stall
    | HangUp
    | Swallow
    | Refuse
    | PortClosed
    | Skew
)


def mistake_of(fault: Fault) -> str:
    """What makes no sense about a fault, in a few words; "" = nothing."""
    for name in fault.__struct_fields__:
        value = getattr(fault, name)
        if name != "value" and isinstance(value, int) and abs(value) > TIME_MAX_MS:
            return f"{name}: {value} is too much"
    for name in ("nth", "first", "last", "every"):
        value = getattr(fault, name)
        if value is not None and value < 1:
            return f"{name}: {value} is less than 1"
    if not 0 <= fault.probability <= 1:
        return f"probability: {fault.probability} is not between 0 and 1"
    for name in ("after_ms", "for_ms", "delay_ms", "lag_ms", "rows"):
        value = getattr(fault, name, None)
        if value is not None and value < 0:
            return f"{name}: {value} is negative"
    status = getattr(fault, "status", 502)
    if not 400 <= status <= 599:  # noqa: PLR2004 (HTTP's own classes of failure)
        return f"status: {status} is no HTTP failure"
    return ""
