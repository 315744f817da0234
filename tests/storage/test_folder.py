"""One bot per state directory."""

from pathlib import Path

import pytest

from bot.domain.errors import UserError
from bot.storage.folder import hold_folder


def test_a_second_bot_is_kept_out_until_the_first_has_gone(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    with hold_folder(folder), pytest.raises(UserError, match="another bot"), hold_folder(folder):
        pass
    with hold_folder(folder) as held:
        assert held == folder


def test_a_folder_that_can_not_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="can not be used"), hold_folder(tmp_path / "file"):
        pass
