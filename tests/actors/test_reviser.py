"""A changed configuration counts as a whole or not at all."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from actors.reviser import Reviser
from bot.config.load import load_config
from bot.config.models import Config
from bot.domain.errors import UserError

type Applied = list[tuple[Config, int, tuple[tuple[str, str], ...]]]


class FileSource:
    def __init__(self, file: Path) -> None:
        self.file = file

    def load(self, overrides: Sequence[str]) -> Config:
        return load_config(self.file, overrides, {}, None)


@pytest.fixture
def source(tmp_path: Path) -> FileSource:
    file = tmp_path / "config.json"
    file.write_text('{"risk": {"risk_per_trade": "0.002"}}')
    return FileSource(file)


@pytest.fixture
def applied() -> Applied:
    return []


@pytest.fixture
def reviser(source: FileSource, applied: Applied) -> Reviser:
    return Reviser(source, source.load(()), lambda config, revision, keys: applied.append((config, revision, keys)))


def test_an_edited_file_is_one_revision(reviser: Reviser, source: FileSource, applied: Applied) -> None:
    assert reviser.look() is None
    source.file.write_text('{"risk": {"risk_per_trade": "0.001", "max_open_positions": 7}}')
    assert "revision 1" in str(reviser.look())
    ((config, revision, changes),) = applied
    assert (revision, dict(changes)) == (1, {"risk.risk_per_trade": "0.001", "risk.max_open_positions": "7"})
    assert config.risk.max_open_positions == 7
    assert reviser.look() is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"risk": {"risk_per_trade": "0.001", "leverage": 3}}', "risk.leverage can only change with a restart"),
        ('{"risk": {"risk_per_trade": "0.001", "max_open_positions": 0}}', "max_open_positions"),
        ('{"risk": ', "config.json"),
        ('{"rsik": {}}', "rsik"),
    ],
)
def test_what_is_wrong_or_cold_refuses_all_of_it(
    text: str, told: str, reviser: Reviser, source: FileSource, applied: Applied
) -> None:
    source.file.write_text(text)
    said = str(reviser.look())
    assert told in said
    assert "nothing of it was taken over" in said
    assert not applied
    assert reviser.look() is None, "it is told once"


def test_what_was_set_counts_over_the_file_until_the_end(
    reviser: Reviser, source: FileSource, applied: Applied
) -> None:
    assert reviser.set("risk.max_open_positions=9").startswith("revision 1")
    with pytest.raises(UserError, match="restart"):
        reviser.set("risk.leverage=3")
    source.file.write_text('{"risk": {"risk_per_trade": "0.004", "max_open_positions": 2}}')
    assert "revision 2: risk.risk_per_trade = 0.004" in str(reviser.look())
    assert applied[-1][0].risk.max_open_positions == 9
    assert reviser.reload() == "nothing has changed"


def test_a_file_that_is_away_for_a_moment_changes_nothing(reviser: Reviser, source: FileSource) -> None:
    source.file.rename(source.file.with_suffix(".moved"))
    assert reviser.look() is None
