"""Changes of the configuration while the bot runs."""

import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from bot.config.models import Config
from bot.config.revision import change_between
from bot.domain.errors import UserError

log = logging.getLogger(__name__)


class Source(Protocol):
    """Where the configuration comes from; more overrides count over all others."""

    @property
    def file(self) -> Path:
        """The file that is watched."""
        ...

    def load(self, overrides: Sequence[str]) -> Config:
        """Read and check everything anew. UserError with all that is wrong."""
        ...


class Reviser:
    """Takes a changed configuration over as one revision, or refuses it as a whole and says why.

    May be used from any thread.
    """

    def __init__(
        self, source: Source, running: Config, apply: Callable[[Config, int, tuple[tuple[str, str], ...]], None]
    ) -> None:
        self._source = source
        self._running = running
        self._apply = apply
        self._set: list[str] = []
        self._revision = 0
        self._seen = self._stamp()
        self._lock = threading.Lock()

    def reload(self) -> str:
        """Read the file again; says what has changed. UserError if it is refused."""
        with self._lock:
            self._seen = self._stamp()
            return self._revise(self._set)

    def set(self, override: str) -> str:
        """Change one key, as ``key=value``; it counts over the file until the bot ends. UserError if it is refused."""
        with self._lock:
            told = self._revise([*self._set, override])
            self._set.append(override)
            return told

    def look(self) -> str | None:
        """Reload if the file was edited since it was last looked at; what became of it, None if it was not."""
        stamp = self._stamp()
        if stamp is None or stamp == self._seen:
            return None
        try:
            return f"{self._source.file}: {self.reload()}"
        except UserError as error:
            return f"{self._source.file} was edited, and nothing of it was taken over: {error}"

    def _revise(self, overrides: Sequence[str]) -> str:
        wanted = self._source.load(overrides)
        change = change_between(self._running, wanted)
        if change.cold:
            cold = ", ".join(change.cold)
            raise UserError(f"{cold} can only change with a restart; nothing was changed")
        if not change.keys:
            return "nothing has changed"
        self._revision += 1
        self._running = wanted
        self._apply(wanted, self._revision, tuple(change.keys.items()))
        told = ", ".join(f"{key} = {value}" for key, value in change.keys.items())
        log.info("configuration revision %d: %s", self._revision, told)
        return f"revision {self._revision}: {told}"

    def _stamp(self) -> tuple[int, int] | None:
        try:
            found = self._source.file.stat()
        except OSError:
            return None  # an editor may be replacing it
        return found.st_mtime_ns, found.st_size
