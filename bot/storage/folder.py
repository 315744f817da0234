"""The folder that a run writes to."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.domain.errors import UserError


def make_folder(folder: Path) -> Path:
    """Make a folder, readable by its owner only, if it is not there yet. UserError if there can not be one."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise UserError(f"{folder}: can not be used as a folder: {error.strerror}") from None
    return folder


@contextmanager
def hold_folder(folder: Path) -> Iterator[Path]:
    """Make a folder and keep every other bot out of it, however this one ends. UserError if another one is in it.

    Two bots on one folder would number their orders alike and write each other's ledger.
    """
    make_folder(folder)
    file = folder / "lock"
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise UserError(f"{file}: can not be written: {error.strerror}") from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.read(descriptor, 32).decode(errors="replace").strip() or "unknown"
            raise UserError(f"{folder}: another bot (process {holder}) uses this state directory") from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield folder
    finally:
        os.close(descriptor)
