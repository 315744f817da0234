"""The folder that a run writes to."""

import fcntl
import hashlib
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
    with _hold(folder / "lock", f"{folder}: another bot (process HOLDER) uses this state directory"):
        yield folder


@contextmanager
def hold_account(api_key: str) -> Iterator[None]:
    """Keep every other bot of this user on this machine off an account. UserError if there is one.

    Two bots on one account would take each other's orders for somebody else's and each spend all of the money. On
    another machine nobody can see that: there only the orders of the other one show, as external ones.
    """
    home = os.environ.get("XDG_STATE_HOME")
    folder = make_folder((Path(home) if home else Path.home() / ".local" / "state") / "pyrmethus")
    name = hashlib.sha256(api_key.encode()).hexdigest()[:16]
    told = "another bot (process HOLDER) trades on the account of this API key; give each bot a subaccount of its own"
    with _hold(folder / f"account-{name}.lock", told):
        yield


@contextmanager
def _hold(file: Path, told: str) -> Iterator[None]:
    """Keep an exclusive lock, which ends with the process, whatever ends that; else ``told``, with its HOLDER."""
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise UserError(f"{file}: can not be written: {error.strerror}") from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.read(descriptor, 32).decode(errors="replace").strip() or "unknown"
            raise UserError(told.replace("HOLDER", holder)) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(descriptor)
