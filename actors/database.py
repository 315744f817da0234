"""The database actor: the one writer of the SQLite file."""

from collections.abc import Callable
from typing import Protocol

from actors.shell import Shell, Surroundings
from bot.core.database import DatabaseCore, Store
from bot.domain.address import Role, address_of
from bot.domain.messages import Message

COMMIT_AFTER_MESSAGES = 200


class ClosableStore(Store, Protocol):
    """A store with a file behind it."""

    def close(self) -> None:
        """Commit and let go of the file."""
        ...


class DatabaseActor(Shell):
    """Commits whenever its inbox is empty, so that a burst costs one commit and a quiet bot loses nothing."""

    def __init__(self, open_store: Callable[[], ClosableStore], around: Surroundings) -> None:
        super().__init__(address_of(Role.DATABASE), self._open, around)
        self._open_store = open_store
        self._store: ClosableStore | None = None
        self._uncommitted = 0

    def _open(self) -> DatabaseCore:
        """Runs in the actor's thread, to which SQLite ties the file."""
        self._store = self._open_store()
        return DatabaseCore(self._store)

    def after_message(self, message: Message) -> None:  # noqa: ARG002 - every message alike
        """Commit when there is nothing else to do, or when enough has come together."""
        self._uncommitted += 1
        if self._store is not None and (self.actor_inbox.empty() or self._uncommitted >= COMMIT_AFTER_MESSAGES):
            self._store.commit()
            self._uncommitted = 0

    def release(self) -> None:
        """Close the file."""
        store, self._store = self._store, None
        if store is not None:
            store.close()
