"""One bot per state directory."""

import os
from pathlib import Path

import pytest

from bot.domain.errors import UserError
from bot.storage.folder import hold_account, hold_folder


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


def test_two_bots_of_one_account_are_kept_apart_wherever_their_state_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    told = pytest.raises(UserError, match=rf"process {os.getpid()}.*subaccount")
    with hold_account("key one"), hold_account("key two"), told, hold_account("key one"):
        pass
    with hold_account("key one"):
        pass
    assert "key one" not in "".join(path.name for path in tmp_path.rglob("*"))
