"""The actors' mail on one thread, under virtual time."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.core.clock import ClockCore
from bot.core.contract import Core
from bot.domain.address import Role, address_of
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
        self._fixed = self._fixed_routes(symbols)

    def _fixed_routes(self, symbols: Sequence[Symbol]) -> dict[type[Message], dict[Symbol, tuple[Handler, ...]]]:
        """For message types that go only to actors of the same symbol: the handlers, by type and symbol.

        Almost all messages of a replay are of these; one look-up instead of several makes it a fifth faster.
        """
        fixed: dict[type[Message], dict[Symbol, tuple[Handler, ...]]] = {}
        for kind, routes in ROUTES.items():
            if not all(route.reach in {Reach.SAME_SYMBOL, Reach.SHARED} for route in routes):
                continue
            if not any(route.reach is Reach.SAME_SYMBOL for route in routes):
                continue
            fixed[kind] = {
                symbol: tuple(
                    handler
                    for role, reach in routes
                    if role is not None
                    and (
                        handler := self._handlers.get(address_of(role, symbol if reach is Reach.SAME_SYMBOL else None))
                    )
                )
                for symbol in symbols
            }
        return fixed

    def start(self) -> None:
        """Send every core its first message."""
        for address in self._handlers:
            self.run(Started(address, self.now_ms))

    @property
    def next_alarm_ms(self) -> TimeMs | None:
        """When the next core wants to be woken."""
        return self._clock.next_alarm_ms

    def wake(self) -> None:
        """Wake the cores whose time has come."""
        for message in self._clock.due(self.now_ms):
            self.run(message)

    def run(self, message: Message) -> None:
        """Deliver ``message`` and everything that follows from it."""
        mail, fixed, now_ms = self._mail, self._fixed, self.now_ms
        mail.append(message)
        while mail:
            current = mail.popleft()
            by_symbol = fixed.get(type(current))
            handlers = by_symbol[current.symbol] if by_symbol is not None else self._handlers_of(current)  # type: ignore[attr-defined]
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
