"""The actors' mail on one thread, under virtual time."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from bot.core.clock import ClockCore
from bot.core.contract import Core
from bot.domain.address import PER_SYMBOL_ROLES, Role, address_of
from bot.domain.messages import Message, Started
from bot.domain.routes import ROUTES, Reach, Switchboard
from bot.domain.values import Address, Symbol, TimeMs

type Handler = Callable[[Any, TimeMs], Sequence[Message]]


class Router:
    """Delivers messages between cores by the routing table, first come, first served, until nobody has mail.

    This is what Pykka's inboxes and the clock actor are in the live bot. Roles without a core here (the dashboard, say)
    get nothing. Not thread-safe: everything happens inside ``run``.
    """

    def __init__(self, cores: Mapping[Address, Core[Any]], symbols: Sequence[Symbol], start_ms: TimeMs) -> None:
        self.now_ms = start_ms
        self._clock = ClockCore()
        self._handlers: dict[Address, Handler] = {address: core.handle for address, core in cores.items()}
        self._handlers[address_of(Role.CLOCK)] = self._clock.handle
        self._switchboard = Switchboard(symbols)
        self._mail: deque[Message] = deque()
        self._by_addresses: dict[tuple[Address, ...], Sequence[Handler]] = {}
        self._fixed: dict[type[Message], dict[Symbol, tuple[Handler, ...]]] = {kind: {} for kind in _of_one_symbol()}
        for symbol in symbols:
            self._fix_routes(symbol)

    def _fix_routes(self, symbol: Symbol) -> None:
        """For message types that go only to actors of the same symbol: the handlers, by type and symbol.

        Almost all messages of a replay are of these; one look-up instead of several makes it a fifth faster.
        """
        for kind, by_symbol in self._fixed.items():
            addresses = (
                address_of(role, symbol if reach is Reach.SAME_SYMBOL else None)
                for role, reach in ROUTES[kind]
                if role is not None
            )
            by_symbol[symbol] = tuple(self._handlers[each] for each in addresses if each in self._handlers)

    def add(self, symbol: Symbol, cores: Mapping[Address, Core[Any]]) -> None:
        """Take in the cores of another symbol. They hear nothing that was sent before."""
        self._handlers |= {address: core.handle for address, core in cores.items()}
        self._change([symbol], [])
        self._fix_routes(symbol)

    def remove(self, symbol: Symbol) -> None:
        """Give up the cores of a symbol; what is still on its way to them is lost."""
        for role in PER_SYMBOL_ROLES:
            del self._handlers[address_of(role, symbol)]
        self._change([], [symbol])
        for by_symbol in self._fixed.values():
            del by_symbol[symbol]

    def _change(self, added: Sequence[Symbol], removed: Sequence[Symbol]) -> None:
        self._switchboard.change(added, removed)
        self._by_addresses.clear()

    def start(self) -> None:
        """Send every core its first message."""
        for address in tuple(self._handlers):
            self.run(Started(address, self.now_ms))

    @property
    def next_alarm_ms(self) -> TimeMs | None:
        """When the next core wants to be woken."""
        return self._clock.next_alarm_ms

    def wake(self) -> None:
        """Wake the cores whose time has come."""
        for message in self._clock.due(self.now_ms):
            self.run(message)

    def queue(self, messages: Iterable[Message]) -> None:
        """Have messages delivered by the next ``run``, in their order."""
        self._mail.extend(messages)

    def run(self, *messages: Message) -> None:
        """Deliver what was queued and ``messages``, and everything that follows from them."""
        mail, fixed, now_ms = self._mail, self._fixed, self.now_ms
        mail.extend(messages)
        while mail:
            current = mail.popleft()
            by_symbol = fixed.get(type(current))
            handlers = by_symbol.get(current.symbol, ()) if by_symbol is not None else self._handlers_of(current)  # type: ignore[attr-defined]
            for handle in handlers:
                out = handle(current, now_ms)
                if out:
                    mail.extend(out)

    def _handlers_of(self, message: Message) -> Sequence[Handler]:
        addresses = self._switchboard.recipients(message)
        handlers = self._by_addresses.get(addresses)
        if handlers is None:
            handlers = [self._handlers[address] for address in addresses if address in self._handlers]
            self._by_addresses[addresses] = handlers
        return handlers


def _of_one_symbol() -> Iterable[type[Message]]:
    """Message types that go to actors of their symbol, and beside them at most to those that exist once."""
    for kind, routes in ROUTES.items():
        reaches = {route.reach for route in routes}
        if Reach.SAME_SYMBOL in reaches and reaches <= {Reach.SAME_SYMBOL, Reach.SHARED}:
            yield kind
