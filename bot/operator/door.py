"""Where the door of a running bot is, and how to knock: one JSON line each way over 127.0.0.1.

The file beside the database holds port and token and is readable by its owner only: whoever can read it may command the
bot, nobody else.
"""

import json
import os
import socket
from pathlib import Path
from typing import Any, Final

import msgspec

from bot.domain.errors import UserError

FILE_NAME: Final = "control.json"
HOST: Final = "127.0.0.1"
LONGEST_LINE: Final = 1_000_000
"""Bytes; a status of 500 symbols is a fifth of that."""
ANSWER_WITHIN_S: Final = 10.0


class Door(msgspec.Struct, frozen=True):
    """What a bot writes down for those who may command it."""

    port: int
    token: str
    process: int


def write_door(state_dir: Path, door: Door) -> Path:
    """Write the file, for its owner only, whole or not at all."""
    file = state_dir / FILE_NAME
    fresh = file.with_suffix(f".{door.process}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(msgspec.json.encode(door))
    fresh.replace(file)
    return file


def find_door(state_dir: Path) -> Door:
    """Read the file. UserError if no bot runs on the state directory, as far as can be seen from here."""
    file = state_dir / FILE_NAME
    try:
        return msgspec.json.decode(file.read_bytes(), type=Door)
    except FileNotFoundError:
        raise UserError(
            f"{state_dir}: no bot is running with this state directory; start it, or name another with --state-dir"
        ) from None
    except OSError as error:
        raise UserError(f"{file}: can not be read: {error.strerror}") from None
    except msgspec.MsgspecError as error:
        raise UserError(f"{file}: is not what a bot writes: {error}") from None


def is_running(state_dir: Path) -> bool:
    """Whether a bot runs on the state directory, as far as its file and its process say."""
    try:
        return _lives(find_door(state_dir).process)
    except UserError:
        return False


def knock(door: Door, command: str, arguments: list[str]) -> dict[str, Any]:
    """Send one command and return the answer. UserError if nobody answers, or the bot refuses the command."""
    request = json.dumps({"token": door.token, "command": command, "arguments": arguments})
    try:
        with socket.create_connection((HOST, door.port), timeout=ANSWER_WITHIN_S) as connection:
            connection.sendall(request.encode() + b"\n")
            with connection.makefile("rb") as answers:
                line = answers.readline(LONGEST_LINE)
        answer = json.loads(line)
    except (OSError, ValueError):
        became = "does not answer; try again" if _lives(door.process) else "has died; start it again"
        raise UserError(f"the bot (process {door.process}) {became}") from None
    if not isinstance(answer, dict) or "error" in answer:
        raise UserError(str(answer.get("error", "?")) if isinstance(answer, dict) else "an answer that makes no sense")
    return answer


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # somebody else's: it may be anything
    return True
