"""The database actor: the one writer of the SQLite file."""

import threading
from collections.abc import Callable
from typing import Any, Protocol

import pykka

from actors.shell import Shell, Surroundings
from bot.core.database import DatabaseCore, Store
from bot.domain.address import Role, address_of

COMMIT_EVERY_S = 0.1


class ClosableStore(Store, Protocol):
    """A store with a file behind it."""

    def close(self) -> None:
        """Commit and let go of the file."""
        ...


class CommitDue:
    """The reminder that a thread of the actor's own sends it, past the post."""

    __slots__ = ()


class DatabaseActor(Shell):
    """Commits ten times a second while there is something to write.

    Committing after every message would keep an order intent waiting for the disk twice.
    """

    def __init__(self, open_store: Callable[[], ClosableStore], around: Surroundings) -> None:
        super().__init__(address_of(Role.DATABASE), self._open, around)
        self._open_store = open_store
        self._store: ClosableStore | None = None
        self._database: DatabaseCore | None = None
        self._ended = threading.Event()

    def _open(self) -> DatabaseCore:
        """Runs in the actor's thread, to which SQLite ties the file."""
        self._store = self._open_store()
        self._database = DatabaseCore(self._store)
        threading.Thread(target=self._remind, name="database commit", daemon=True).start()
        return self._database

    def on_receive(self, message: Any) -> None:  # noqa: ANN401 - a reminder too
        """Runs in the actor's thread for every message, and for the reminder."""
        if not isinstance(message, CommitDue):
            super().on_receive(message)
        elif self._database is not None:
            self._database.commit()

    def _remind(self) -> None:
        """Runs in the reminding thread."""
        while not self._ended.wait(COMMIT_EVERY_S):
            try:
                self.actor_ref.tell(CommitDue())
            except pykka.ActorDeadError:
                return

    def release(self) -> None:
        """Close the file."""
        self._ended.set()
        database, self._database = self._database, None
        store, self._store = self._store, None
        if store is not None and database is not None:
            try:
                database.commit(everything=True)
            finally:
                store.close()
