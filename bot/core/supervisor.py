"""What the actor ``supervisor`` decides: when trading may begin, and what happens when an actor dies."""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import assert_never

from bot.core.contract import NOTHING
from bot.domain.address import Role, address_of
from bot.domain.messages import ActorFailed, ActorReady, ActorReplaced, AllReady, BotHalted, Drained, Message, Started
from bot.domain.values import Address, Symbol, TimeMs

RESTARTS_AT_MOST = 3
WITHIN_MS = 60_000
GIVEN_UP_AFTER = 10
"""So many failures within that time, and nobody is replaced any more: an actor that can not start would go on."""

type Accepted = ActorReady | ActorFailed | Drained | BotHalted | Started


class SupervisorCore:
    """Restarts actors by name, at most three times in a minute; more often means that restarting does not help."""

    def __init__(
        self, expected: Iterable[Address], symbols: Iterable[Symbol], replace: Callable[[Address], None]
    ) -> None:
        """``expected`` must all report ready; ``replace`` makes a new actor under a dead one's address."""
        self._missing = set(expected)
        self._symbols = tuple(symbols)
        self._undrained = set(self._symbols)
        self._replace = replace
        self._restarts: deque[TimeMs] = deque()
        self.all_ready = False
        self.halted: str | None = None

    @property
    def drained(self) -> bool:
        """Whether every symbol has said that it waits for nothing."""
        return not self._undrained

    def handle(self, message: Accepted, now_ms: TimeMs) -> Sequence[Message]:
        """See Core.handle."""
        match message:
            case ActorReady():
                return self._on_ready(message.address, now_ms)
            case ActorFailed():
                return self._on_failure(message, now_ms)
            case Drained():
                self._undrained.discard(message.symbol)
                return NOTHING
            case BotHalted():
                self.halted = self.halted or message.reason
                return NOTHING
            case Started():
                return NOTHING
            case _:
                assert_never(message)

    def _on_ready(self, address: Address, now_ms: TimeMs) -> Sequence[Message]:
        self._missing.discard(address)
        again = self.all_ready and address == address_of(Role.ACCOUNT)  # a new account has not heard it
        if self._missing or (self.all_ready and not again):
            return NOTHING
        self.all_ready = True
        return (AllReady(now_ms),)

    def _on_failure(self, failed: ActorFailed, now_ms: TimeMs) -> Sequence[Message]:
        while self._restarts and self._restarts[0] <= now_ms - WITHIN_MS:
            self._restarts.popleft()
        self._restarts.append(now_ms)
        if len(self._restarts) > GIVEN_UP_AFTER:
            return NOTHING
        replaced = [ActorReplaced(address, now_ms) for address in self._to_replace(failed.address)]
        for each in replaced:
            self._replace(each.address)
        if len(self._restarts) <= RESTARTS_AT_MOST or self.halted:
            return replaced
        reason = f"{len(self._restarts)} actors failed within a minute, last {failed.address}: {failed.error}"
        return (*replaced, BotHalted(now_ms, reason))

    def _to_replace(self, failed: Address) -> Sequence[Address]:
        """With the database goes what it had not written: the position managers read it again from the exchange."""
        if failed != address_of(Role.DATABASE):
            return (failed,)
        return (failed, *(address_of(Role.POSITION_MANAGER, symbol) for symbol in self._symbols))
