"""What a stream is to carry, as it changes while the stream lives."""

from collections.abc import Collection, Mapping, Sequence

from bot.domain.values import Symbol

PRIVATE_TOPICS: Sequence[Sequence[str]] = (("order", "execution", "position", "wallet"),)


class TopicList:
    """The topics of a stream, request by request, and the symbols whose news is wanted.

    A topic is given up if the exchange says twice, with no success between, that it does not have it: a contract that
    was delisted must not keep all others from being heard. If it has none of them, something else is wrong and nothing
    is given up. Not thread-safe.
    """

    def __init__(self, batches: Sequence[Sequence[str]], symbols: Collection[Symbol]) -> None:
        self._batches = [tuple(batch) for batch in batches]
        self._suspects: frozenset[str] = frozenset()
        self._given_up: frozenset[str] = frozenset()
        self._joining: frozenset[Symbol] = frozenset()
        self.symbols = frozenset(symbols)
        self.version = 0
        """Another one after every change."""

    @property
    def batches(self) -> Sequence[Sequence[str]]:
        """What to subscribe to, one sequence per request."""
        kept = (tuple(topic for topic in batch if topic not in self._given_up) for batch in self._batches)
        return [batch for batch in kept if batch]

    def change(self, added: Mapping[Symbol, Sequence[str]], removed: Mapping[Symbol, Sequence[str]]) -> None:
        """Other symbols, with the topics of each; what was given up of them is tried again."""
        gone = {topic for batch in removed.values() for topic in batch}
        kept = [tuple(topic for topic in batch if topic not in gone) for batch in self._batches]
        there = {topic for batch in kept for topic in batch}
        more = [tuple(topic for topic in batch if topic not in there) for batch in added.values()]
        self._batches = [batch for batch in (*kept, *more) if batch]
        self._given_up -= {topic for batch in added.values() for topic in batch}
        self.symbols = (self.symbols - removed.keys()) | added.keys()
        self._joining = (self._joining - removed.keys()) | added.keys()
        self.version += 1

    def take_joining(self) -> Sequence[Symbol]:
        """The symbols that were added since the last call, by name."""
        joining, self._joining = self._joining, frozenset()
        return sorted(joining)

    def accepted(self) -> None:
        """The exchange carries everything: nobody is suspected any more."""
        self._suspects = frozenset()

    def unknown(self, topics: Collection[str]) -> Sequence[str]:
        """The exchange does not have all of these; returns those that are given up now."""
        if not topics:
            return ()
        again = self._suspects & frozenset(topics)
        self._suspects = (self._suspects | frozenset(topics)) - again
        if {topic for batch in self.batches for topic in batch} <= again:
            return ()
        self._given_up |= again
        return sorted(again)
