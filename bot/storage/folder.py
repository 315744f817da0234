"""The folder that a run writes to."""

from pathlib import Path

from bot.domain.errors import UserError


def make_folder(folder: Path) -> Path:
    """Make a folder, readable by its owner only, if it is not there yet. UserError if there can not be one."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise UserError(f"{folder}: can not be used as a folder: {error.strerror}") from None
    return folder
