"""Control actions on the market's clock, the books, the connections and the process."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Literal

import msgspec

from bot.simulator.frames.mirror import MirrorMarket
from bot.simulator.server.control.door import Action, Ask, ControlError
from bot.simulator.server.pacing import LockstepMarket, PacedMarket
from bot.simulator.server.venue import Venue
from bot.simulator.step_result import StepResult

type Market = PacedMarket | LockstepMarket | MirrorMarket


class StepBody(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /control/step`."""

    received: dict[str, int]
    until_ms: int | None = None


class DisconnectBody(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /control/disconnect`; no path means the connections of every path."""

    how: Literal["close", "reset", "stall"]
    path: str | None = None


class MarketActions:
    """What every simulator can be asked for. `accounts` names every account, the first one first."""

    def __init__(self, venue: Venue, market: Market, accounts: tuple[str, ...], stop: Callable[[], None]) -> None:
        self._venue = venue
        self._market = market
        self._accounts = accounts
        self._stop = stop

    def actions(self) -> tuple[Action, ...]:
        return (
            Action("POST", "step", self.step),
            Action("GET", "clock", self.clock),
            Action("GET", "books", self.books),
            Action("POST", "pause", self.pause),
            Action("POST", "resume", self.resume),
            Action("POST", "disconnect", self.disconnect),
            Action("POST", "shutdown", self.shutdown),
        )

    def step(self, ask: Ask) -> StepResult:
        if not isinstance(self._market, LockstepMarket):
            text = "the market runs by the clock; start it with speed 'lockstep'"
            raise ControlError(HTTPStatus.CONFLICT, text)
        body = ask.body(StepBody)
        return self._market.step(body.received, body.until_ms)

    def clock(self, _ask: Ask) -> dict[str, Any]:
        self._market.catch_up()
        return self._clock()

    def books(self, ask: Ask) -> dict[str, Any]:
        account = ask.query.get("account", self._accounts[0])
        if account not in self._accounts:
            raise ControlError(HTTPStatus.NOT_FOUND, f"no account {account!r}")
        return self._venue.exchange.books(account)

    def pause(self, _ask: Ask) -> dict[str, Any]:
        self._market.pause()
        return self._clock()

    def resume(self, _ask: Ask) -> dict[str, Any]:
        self._market.resume()
        return self._clock()

    def disconnect(self, ask: Ask) -> dict[str, int]:
        body = ask.body(DisconnectBody)
        chosen = [each for each in self._venue.connections if body.path in {None, each.path}]
        for connection in chosen:
            match body.how:
                case "close":
                    connection.close()
                case "reset":
                    connection.hang_up()
                case "stall":
                    connection.stalled = True
        return {"connections": len(chosen)}

    def shutdown(self, _ask: Ask) -> dict[str, Any]:
        self._stop()
        return {}

    def _clock(self) -> dict[str, Any]:
        market = self._market
        speed = "lockstep" if isinstance(market, LockstepMarket) else market.speed
        answer = {"now_ms": self._venue.exchange.now_ms, "speed": speed}
        return answer | {"paused": market.paused, "finished": market.finished}
