"""Identifiers that repeat exactly when a run is repeated."""

from hashlib import blake2b
from itertools import count


class Ids:
    """Makes UUID-shaped ids and sequence numbers from a seed and counters."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._counts = {kind: count(1) for kind in ("order", "execution", "frame")}
        self._seqs = count(1)
        self._sequences = count(1)

    def order_id(self) -> str:
        return self._uuid("order")

    def exec_id(self) -> str:
        return self._uuid("execution")

    def frame_id(self) -> str:
        return f"{self._seed:x}-{next(self._counts['frame']):012x}"

    def next_seq(self) -> int:
        """The next cross sequence number: it ties a fill to the position update it causes."""
        return next(self._seqs)

    def next_sequence(self) -> int:
        """The next order's place in line."""
        return next(self._sequences)

    def _uuid(self, kind: str) -> str:
        text = f"{self._seed}:{kind}:{next(self._counts[kind])}"
        return uuid_shaped(text)


def uuid_shaped(text: str) -> str:
    """A version 4 UUID that follows from a text."""
    digits = blake2b(text.encode(), digest_size=16).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"
