"""The points of a campaign, and what came of each."""

from enum import StrEnum

import msgspec


class Kind(StrEnum):
    """What happens at a point, and from where its number is counted."""

    START = "start"
    """SIGKILL after the so many-th commit of a life, from its very start."""
    SESSION = "session"
    """SIGKILL after the so many-th commit of a life that was sound and traded."""
    REPLY = "reply_lost"
    """An order request is carried out, its answer is lost; create, amend, cancel and trading-stop in turn."""
    REQUEST = "request_lost"
    """An order request is lost itself, of each kind in turn."""

    @property
    def kills(self) -> bool:
        """Whether the bot dies of it."""
        return self in {Kind.START, Kind.SESSION}


class Point(msgspec.Struct, frozen=True):
    """One thing that is done to the bot."""

    kind: Kind
    number: int


class Outcome(msgspec.Struct, frozen=True):
    """What came of a point. ``reached`` is False where the life never came so far."""

    point: Point
    reached: bool
    struck_at: str
    """The tables of the commit it died after, or the path of the request that was lost."""
    intents: int
    """Order intents in the database when it was checked."""
    protected_s: float
    sound_s: float
    """How long after the new start (or the loss) every position had its stop, and everything was sound."""
    problems: tuple[str, ...]
