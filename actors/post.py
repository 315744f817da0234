"""How every message between actors is sent."""

import logging
from collections.abc import Iterable
from typing import Any

from pykka import ActorDeadError, ActorRef

from actors.work import WorkCount
from bot.domain.messages import Message, QuoteChanged, TickerUpdate
from bot.domain.routes import Switchboard
from bot.domain.values import Address

log = logging.getLogger(__name__)

CONFLATED = frozenset({TickerUpdate, QuoteChanged})
FAR_BEHIND = 200
DEEP = 1_000
"""Messages waiting in an inbox."""


class Post:
    """Delivers messages by the routing table to actors known by address; may be used from any thread.

    A message to an actor that is dead, being replaced or not part of this bot is dropped: Pykka would raise in the
    sender and kill it too. What a dead actor missed is read again when it has been replaced. Prices that only people
    look at are dropped as well while their receiver is far behind; nothing else ever is.
    """

    def __init__(self, switchboard: Switchboard, work: WorkCount) -> None:
        self._switchboard = switchboard
        self._work = work
        self._refs: dict[Address, ActorRef[Any]] = {}
        self._told_deep: set[Address] = set()

    def enlist(self, address: Address, ref: ActorRef[Any]) -> None:
        """Deliver to ``ref`` what goes to ``address`` from now on."""
        self._refs[address] = ref

    def dismiss(self, address: Address) -> None:
        """Deliver nothing to ``address`` any more."""
        self._refs.pop(address, None)
        self._told_deep.discard(address)

    def send(self, message: Message) -> None:
        """Put ``message`` into the inbox of everyone who receives it."""
        for address in self._switchboard.recipients(message):
            ref = self._refs.get(address)
            if ref is None or (type(message) in CONFLATED and ref.actor_inbox.qsize() > FAR_BEHIND):  # type: ignore[attr-defined]
                continue
            self._work.begin()
            try:
                ref.tell(message)
            except ActorDeadError:
                self._work.end()
                log.warning("%s is gone: %s was not delivered", address, type(message).__name__)

    def send_all(self, messages: Iterable[Message]) -> None:
        """Send several, in order."""
        for message in messages:
            self.send(message)

    def depth(self, address: Address) -> int:
        """How many messages wait in an actor's inbox; 0 if there is no such actor."""
        ref = self._refs.get(address)
        return 0 if ref is None else ref.actor_inbox.qsize()  # type: ignore[attr-defined]

    def watch_depths(self) -> None:
        """Warn of every actor that does not keep up, once. To be called now and then, by one thread."""
        for address in tuple(self._refs):
            depth = self.depth(address)
            if depth > DEEP and address not in self._told_deep:
                self._told_deep.add(address)
                log.warning("%s does not keep up: %s messages wait for it", address, depth)
