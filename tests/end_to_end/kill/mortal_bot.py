"""A program for tests: ``bot_on_given_exchange``, which dies by SIGKILL right after a given commit of its database.

Everything that is committed counts: single rows that must be on the disk at once (order intents, notes) and what is
written together ten times a second. The bot itself knows nothing of it: only the class of its store is another one.
"""

import os
import signal
import sys
from pathlib import Path

import actors.system
from bot.core.rows import Row
from bot.storage.store import SqliteStore
from tests.end_to_end import bot_on_given_exchange

AFTER = "MORTAL_BOT_AFTER"
"""The number of the commit after which it dies, from 1; 0: it lives."""
ARMED = "MORTAL_BOT_ARMED"
"""A file; commits are counted from the moment at which it is there."""
TOLD = "MORTAL_BOT_TOLD"
"""A file that gets a line for every commit that was counted: what it was."""


class Death:
    """Counts commits, in the one thread that makes them."""

    def __init__(self, after: int, armed: Path, told: Path) -> None:
        self._after = after
        self._armed = armed
        self._is_armed = False
        self._told = os.open(told, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._count = 0

    def commit_done(self, what: str) -> None:
        """Called when the commit is on the disk, before anybody can act on that."""
        self._is_armed = self._is_armed or self._armed.exists()
        if not self._is_armed:
            return
        self._count += 1
        os.write(self._told, f"{what}\n".encode())
        if self._count == self._after:
            os.kill(os.getpid(), signal.SIGKILL)


class MortalStore(SqliteStore):
    """The bot's own store; after its commits somebody listens."""

    death: Death

    def put_now(self, table: str, row: Row) -> None:
        """See Store.put_now."""
        super().put_now(table, row)
        self.death.commit_done(table)

    def commit(self) -> None:
        """See Store.commit."""
        tables = sorted({table for table, _ in (*self._appended, *self._keyed)})
        super().commit()
        if tables:
            self.death.commit_done("+".join(tables))


def main() -> int:
    """See bot_on_given_exchange."""
    MortalStore.death = Death(int(os.environ[AFTER]), Path(os.environ[ARMED]), Path(os.environ[TOLD]))
    vars(actors.system)["SqliteStore"] = MortalStore  # the bot has no door for this, on purpose
    return bot_on_given_exchange.main()


if __name__ == "__main__":
    sys.exit(main())
