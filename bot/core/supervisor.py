"""What the actor ``supervisor`` decides: when trading may begin, and what happens when an actor dies."""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, assert_never

from bot.core.contract import NOTHING
from bot.domain.address import PER_SYMBOL_ROLES, Role, address_of
from bot.domain.messages import (
    ActorFailed,
    ActorReady,
    ActorReplaced,
    AllReady,
    BotHalted,
    Drained,
    DrainWanted,
    Message,
    Started,
    SymbolsChanged,
    UniverseChanged,
)
from bot.domain.values import Address, Symbol, TimeMs

RESTARTS_AT_MOST = 3
WITHIN_MS = 60_000
GIVEN_UP_AFTER = 10
"""So many failures within that time, and nobody is replaced any more: an actor that can not start would go on."""

type Accepted = ActorReady | ActorFailed | UniverseChanged | DrainWanted | Drained | BotHalted | Started


class Crew(Protocol):
    """Makes and ends the actors of symbols; whatever else has to know them is told by it as well."""

    def add(self, symbol: Symbol) -> None:
        """Make the actors of a symbol, but do not start them: Started comes from the supervisor."""
        ...

    def remove(self, symbol: Symbol) -> None:
        """End the actors of a symbol."""
        ...


class FixedCrew:
    """Of a bot whose symbols never change."""

    def add(self, symbol: Symbol) -> None:
        """See Crew.add."""
        raise RuntimeError(f"{symbol} can not be added: the symbols are fixed")

    def remove(self, symbol: Symbol) -> None:
        """See Crew.remove."""
        raise RuntimeError(f"{symbol} can not be removed: the symbols are fixed")


class SupervisorCore:
    """Restarts actors by name, at most three times in a minute; more often means that restarting does not help.

    Adds and removes the actors of symbols as the universe changes.
    """

    def __init__(
        self,
        expected: Iterable[Address],
        symbols: Iterable[Symbol],
        replace: Callable[[Address], None],
        crew: Crew | None = None,
    ) -> None:
        """``expected`` must all report ready; ``replace`` makes a new actor under a dead one's address.

        ``symbols`` are there from the start; ``crew`` adds others and removes them.
        """
        self._missing = set(expected)
        self._symbols = list(symbols)
        self._undrained = set(self._symbols)
        self._replace = replace
        self._crew = crew or FixedCrew()
        self._restarts: deque[TimeMs] = deque()
        self._is_draining = False
        self.all_ready = False
        self.halted: str | None = None

    @property
    def drained(self) -> bool:
        """Whether the bot is stopping, and every symbol has said that it waits for nothing."""
        return self._is_draining and not self._undrained

    def handle(self, message: Accepted, now_ms: TimeMs) -> Sequence[Message]:
        """See Core.handle."""
        match message:
            case ActorReady():
                return self._on_ready(message.address, now_ms)
            case ActorFailed():
                return self._on_failure(message, now_ms)
            case UniverseChanged():
                return NOTHING if self._is_draining else self._on_universe(message, now_ms)
            case DrainWanted():
                self._is_draining = True
                return NOTHING
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

    def _on_universe(self, changed: UniverseChanged, now_ms: TimeMs) -> Sequence[Message]:
        """The added actors begin before anybody else hears that they are there."""
        removed = [symbol for symbol in changed.removed if symbol in self._symbols]
        added = [symbol for symbol in changed.added if symbol not in self._symbols]
        for symbol in removed:
            self._crew.remove(symbol)
            self._symbols.remove(symbol)
            self._undrained.discard(symbol)
            self._missing.difference_update(_actors_of(symbol))
        for symbol in added:
            self._crew.add(symbol)
            self._symbols.append(symbol)
            if not self.all_ready:  # who comes later gets ready for itself
                self._missing.update(_actors_of(symbol))
        started = [Started(address, now_ms) for symbol in added for address in _actors_of(symbol)]
        return (*started, SymbolsChanged(now_ms, tuple(added), tuple(removed)), *self._begin(now_ms))

    def _on_ready(self, address: Address, now_ms: TimeMs) -> Sequence[Message]:
        self._missing.discard(address)
        role, _, symbol = address.partition("/")
        if Role(role) is Role.POSITION_MANAGER and not self._is_draining:  # one that is not ready holds no orders
            self._undrained.add(Symbol(symbol))
        if self.all_ready and address == address_of(Role.ACCOUNT):  # a new account has not heard it
            return (AllReady(now_ms, tuple(self._symbols)),)
        return self._begin(now_ms)

    def _begin(self, now_ms: TimeMs) -> Sequence[Message]:
        if self._missing or self.all_ready:
            return NOTHING
        self.all_ready = True
        return (AllReady(now_ms, tuple(self._symbols)),)

    def _on_failure(self, failed: ActorFailed, now_ms: TimeMs) -> Sequence[Message]:
        while self._restarts and self._restarts[0] <= now_ms - WITHIN_MS:
            self._restarts.popleft()
        self._restarts.append(now_ms)
        if len(self._restarts) > GIVEN_UP_AFTER or self._is_gone(failed.address):
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

    def _is_gone(self, address: Address) -> bool:
        """Whether an actor failed whose symbol was removed in the meantime."""
        role, _, symbol = address.partition("/")
        return Role(role) in PER_SYMBOL_ROLES and symbol not in self._symbols


def _actors_of(symbol: Symbol) -> Sequence[Address]:
    """Whoever is told something is there before it."""
    return [address_of(role, symbol) for role in reversed(PER_SYMBOL_ROLES)]
