"""Noticing that a topic which should flow has gone silent although the connection lives."""

from collections.abc import Collection, Iterable, Mapping

MOST_PATIENT = 64
CALM_LIMITS = 2
"""A topic is calm again after keeping its limit for this many times the limit."""


class _Topic:
    """The patience with one topic."""

    __slots__ = ("calm_since_s", "factor", "limit_s", "since_s")

    def __init__(self, limit_s: float, now_s: float) -> None:
        self.limit_s = limit_s
        self.factor = 1
        self.calm_since_s = self.since_s = now_s

    def is_too_quiet(self, age_s: float, now_s: float) -> bool:
        if age_s > self.limit_s:
            self.calm_since_s = now_s
        elif now_s - self.calm_since_s >= CALM_LIMITS * self.limit_s:
            self.factor = 1
        return age_s > self.limit_s * self.factor


class SilenceWatch:
    """Complains about topics that were silent for longer than their kind's limit.

    Where a new connection did not help, the topic may simply have little to say (a market that hardly trades): the
    patience with it doubles at every complaint, until it keeps its limit again. Belongs to one thread.
    """

    def __init__(self, limits_s: Mapping[str, float]) -> None:
        """``limits_s``: seconds by kind of topic, the part before the first dot; other kinds are not watched."""
        self._limits_s = limits_s
        self._topics: dict[str, _Topic] = {}

    def restart(self, topics: Iterable[str], now_s: float) -> None:
        """Topics of a new connection, or new ones: silence counts from now on, patience stays as it is."""
        for name in topics:
            limit_s = self._limits_s.get(name.partition(".")[0])
            if limit_s is None:
                continue
            topic = self._topics.setdefault(name, _Topic(limit_s, now_s))
            topic.calm_since_s = topic.since_s = now_s

    def keep_only(self, topics: Collection[str]) -> None:
        """Nobody wants any other topics any more."""
        self._topics = {name: topic for name, topic in self._topics.items() if name in topics}

    def complaint(self, heard_s: Mapping[str, float], now_s: float) -> str | None:
        """Which topics are too quiet; None if all speak."""
        quiet: list[str] = []
        for name, topic in self._topics.items():
            last_s = max(heard_s.get(name, topic.since_s), topic.since_s)
            if topic.is_too_quiet(now_s - last_s, now_s):
                topic.factor = min(topic.factor * 2, MOST_PATIENT)
                quiet.append(f"{name} for {now_s - last_s:.1f} s")
        return f"silent: {', '.join(quiet)}" if quiet else None
