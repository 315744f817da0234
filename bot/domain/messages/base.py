"""The base of all messages."""

import msgspec


class Message(msgspec.Struct, frozen=True, gc=False):
    """Something that happened (past tense) or is wanted (imperative), passed between actors.

    Messages are frozen and slotted: an actor keeps what it receives without copying, and nobody can change it
    later. They are msgspec structs rather than dataclasses because a frozen dataclass costs five times as much to
    make, and a replay makes three for every bar.
    """
