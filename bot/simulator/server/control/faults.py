"""Control actions on what goes wrong: the schedule of faults and the API keys."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import msgspec

from bot.simulator.server.auth import Keyring
from bot.simulator.server.control.door import Action, Ask, ControlError
from bot.simulator.server.faults.kinds import TIME_MAX_MS, AnyFault, mistake_of
from bot.simulator.server.faults.schedule import Schedule
from bot.simulator.server.wall_clock import WallClock


class KeyBody(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /control/keys/expire`: at once, or at a moment of the wall clock (ms)."""

    api_key: str
    at_ms: int | None = None


class FaultActions:
    """POST, GET and DELETE /control/faults; keys. `added` is told when there are new faults."""

    def __init__(
        self,
        schedule: Schedule,
        keyring: Keyring,
        clock: WallClock,
        now_ms: Callable[[], int],
        added: Callable[[], None],
    ) -> None:
        self._schedule = schedule
        self._keyring = keyring
        self._clock = clock
        self._now_ms = now_ms
        self._added = added

    def actions(self) -> tuple[Action, ...]:
        return (
            Action("POST", "faults", self.add),
            Action("GET", "faults", self.report),
            Action("DELETE", "faults", self.clear),
            Action("GET", "keys", self.keys),
            Action("POST", "keys/expire", self.expire),
        )

    def add(self, ask: Ask) -> dict[str, list[int]]:
        """One fault or a list of them, in the words of the settings; all or none."""
        raw = ask.raw.strip()
        listed = raw if raw.startswith(b"[") else b"[" + raw + b"]"
        faults = Ask(listed, ask.query).body(list[AnyFault])
        for number, fault in enumerate(faults, start=1):
            if mistake := mistake_of(fault):
                raise ControlError(HTTPStatus.BAD_REQUEST, f"number {number}: {mistake}")
        ids = [self._schedule.add(fault, self._now_ms()) for fault in faults]
        self._added()
        return {"ids": ids}

    def report(self, _ask: Ask) -> dict[str, Any]:
        return {"now_ms": self._now_ms(), "faults": self._schedule.report()}

    def clear(self, ask: Ask) -> dict[str, int]:
        """All of them, or the one named by `?id=`."""
        number = ask.query.get("id")
        if number is not None and not number.isdecimal():
            raise ControlError(HTTPStatus.BAD_REQUEST, f"id: {number!r} is no number")
        return {"cleared": self._schedule.clear(None if number is None else int(number))}

    def keys(self, _ask: Ask) -> list[dict[str, Any]]:
        """Every key without its secret."""
        return [
            {
                "api_key": each.api_key,
                "account": each.account,
                "read_only": each.read_only,
                "expires_at_ms": each.expires_at_ms,
                "ips": each.ips,
            }
            for each in self._keyring
        ]

    def expire(self, ask: Ask) -> dict[str, int]:
        body = ask.body(KeyBody)
        at_ms = self._clock.now_ms() if body.at_ms is None else body.at_ms
        if not 0 <= at_ms < TIME_MAX_MS:
            raise ControlError(HTTPStatus.BAD_REQUEST, f"at_ms: {at_ms} is no time in ms")
        if not self._keyring.expire(body.api_key, at_ms):
            raise ControlError(HTTPStatus.NOT_FOUND, f"no key {body.api_key!r}")
        return {"expires_at_ms": at_ms}
