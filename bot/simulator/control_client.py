"""A client of the control port, for the bot's lockstep driver, scripts and tests."""

import http.client
import select
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import quote, urlsplit

import msgspec

from bot.simulator.errors import SimulatorError
from bot.simulator.ready import Endpoints
from bot.simulator.step_result import StepResult

_encode = msgspec.json.Encoder().encode
_decode_step = msgspec.json.Decoder(StepResult).decode


class Clock(msgspec.Struct, frozen=True):
    """The market's clock: time in ms, speed, whether it is paused, whether the feed is at its end."""

    now_ms: int
    speed: float | Literal["lockstep"]
    paused: bool
    finished: bool


class ControlClient:
    """One keep-alive connection to the control port. Blocks; use it from one thread.

    Raises:
        SimulatorError: the simulator refused, with its reason.
        OSError, http.client.HTTPException: it cannot be reached.
    """

    def __init__(self, endpoints: Endpoints, timeout_s: float = 10.0) -> None:
        address = urlsplit(endpoints.control)
        self._http = http.client.HTTPConnection(address.hostname or "", address.port, timeout=timeout_s)
        self._headers = {"X-Control-Token": endpoints.control_token}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def step(self, received: Mapping[str, int], until_ms: int | None = None) -> StepResult:
        """Let the next market event happen if every connection has received what it was sent.

        `received` counts data frames (those with `topic`) by the `conn_id` of the connection's acks.
        """
        answer = self._call("POST", "step", {"received": received, "until_ms": until_ms})
        return _decode_step(answer)

    def clock(self) -> Clock:
        return msgspec.json.decode(self._call("GET", "clock"), type=Clock)

    def books(self, account: str) -> dict[str, Any]:
        """The exchange's own ledger of an account, all amounts as strings."""
        return msgspec.json.decode(self._call("GET", f"books?account={quote(account)}"), type=dict[str, Any])

    def pause(self) -> Clock:
        return msgspec.json.decode(self._call("POST", "pause"), type=Clock)

    def resume(self) -> Clock:
        return msgspec.json.decode(self._call("POST", "resume"), type=Clock)

    def disconnect(self, how: Literal["close", "reset", "stall"], path: str | None = None) -> int:
        """Close, reset or stall the connections of a path (None: all); returns how many there were."""
        answer = self._call("POST", "disconnect", {"how": how, "path": path})
        return msgspec.json.decode(answer, type=dict[str, int])["connections"]

    def faults(self, *faults: Mapping[str, Any]) -> list[int]:
        """Put faults on the schedule, in the words of the settings; returns their numbers."""
        ids: list[int] = self.request("POST", "faults", list(faults))["ids"]
        return ids

    def clear_faults(self) -> None:
        self.request("DELETE", "faults")

    def request(self, method: str, name: str, body: object = None) -> Any:  # noqa: ANN401 (whatever the action answers)
        """Ask for any action by its name, JSON in and out."""
        return msgspec.json.decode(self._call(method, name, body))

    def shutdown(self) -> None:
        self._call("POST", "shutdown")

    def _call(self, method: str, name: str, body: object = None) -> bytes:
        data = None if body is None else _encode(body)
        if self._http.sock is not None and select.select([self._http.sock], [], [], 0)[0]:
            self._http.close()  # the server has hung up on an idle connection; the request makes a new one
        try:
            self._http.request(method, f"/control/{name}", data, self._headers)
            response = self._http.getresponse()
            answer = response.read()
        except (OSError, http.client.HTTPException):
            self._http.close()  # the next call connects again
            raise
        if response.status != http.HTTPStatus.OK:
            raise SimulatorError(f"control {name}: {response.status} {answer.decode(errors='replace')}")
        return answer
