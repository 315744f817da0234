"""Identifiers that repeat exactly when a run is repeated."""

from hashlib import blake2b
from itertools import count

FIRST_SPOT_ORDER = 1_666_800_000_000_000_000


class Ids:
    """Makes UUID-shaped ids and sequence numbers from a seed and counters.

    Ids of orders and executions begin with their number and end in digits that follow from the seed.
    """

    def __init__(self, seed: int) -> None:
        self._order_tail, self._execution_tail = (uuid_shaped(f"{seed}:{kind}")[8:] for kind in ("order", "execution"))
        self._frame_head = f"{seed:x}-"
        self._orders, self._executions, self._frames = count(1), count(1), count(1)
        self._seqs = count(1)
        self._sequences = count(1)

    def order_id(self) -> str:
        return f"{next(self._orders):08x}{self._order_tail}"

    def spot_order_id(self) -> str:
        """Orders of pairs have 19 digits on Bybit."""
        return str(FIRST_SPOT_ORDER + next(self._orders))

    def exec_id(self) -> str:
        return f"{next(self._executions):08x}{self._execution_tail}"

    def frame_id(self) -> str:
        return f"{self._frame_head}{next(self._frames):012x}"

    def next_seq(self) -> int:
        """The next cross sequence number: it ties a fill to the position update it causes."""
        return next(self._seqs)

    def next_sequence(self) -> int:
        """The next order's place in line."""
        return next(self._sequences)


def uuid_shaped(text: str) -> str:
    """A version 4 UUID that follows from a text."""
    digits = blake2b(text.encode(), digest_size=16).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"
