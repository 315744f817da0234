"""What every core looks like from outside."""

from collections.abc import Sequence
from typing import Protocol

from bot.domain.messages import Message
from bot.domain.values import TimeMs


class Core[Accepted: Message](Protocol):
    """The behaviour of one actor, with no thread, clock, socket, file or log in it.

    The same object runs inside a Pykka shell against a network and inside the replay's router.
    """

    def handle(self, message: Accepted, now_ms: TimeMs) -> Sequence[Message]:
        """Take one message and say which messages follow from it, in order.

        ``now_ms`` is the exchange's time as the bot knows it: live, the wall clock corrected by the measured offset; in
        a replay, the time of the event. Called by one thread at a time.
        """
        ...


NOTHING: Sequence[Message] = ()
