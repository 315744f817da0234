"""The command line as a user meets it: a process, its output, its exit code."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import bot
from bot.config.schema import SCHEMA_FILE

ROOT = Path(bot.__file__).parents[1]


def bot_says(*arguments: str, cwd: Path = ROOT, **environ: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("BOT_", "BYBIT_"))}
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=cwd,
        env={**clean, "PYTHONPATH": str(ROOT), **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("arguments", [(), ("check",), ("schema",), ("simulate",)])
def test_help(arguments: tuple[str, ...]) -> None:
    said = bot_says(*arguments, "--help")
    assert said.returncode == 0
    assert "Usage: python -m bot" in said.stdout


def test_help_waits_for_nothing_heavy() -> None:
    code = "import sys; from bot.commands.app import app; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    heavy = {"pandas", "numpy", "pandas_ta", "pybit", "pykka", "pyarrow", "apprise", "starlette", "uvicorn", "pydantic"}
    assert not heavy & set(loaded.stdout.split())


def test_version() -> None:
    said = bot_says("--version")
    assert (said.returncode, said.stdout) == (0, f"pyrmethus {bot.__version__}\n")


def test_schema_is_printed_or_written(tmp_path: Path) -> None:
    assert bot_says("schema").stdout == SCHEMA_FILE.read_text(encoding="utf-8")
    assert bot_says("schema", "--output", str(tmp_path / "schema.json")).returncode == 0
    assert (tmp_path / "schema.json").read_bytes() == SCHEMA_FILE.read_bytes()
    said = bot_says("schema", "--output", str(tmp_path))
    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr == f"{tmp_path}: cannot be written: Is a directory\n"


def test_options_before_and_behind_a_command(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"interval": "7"}), encoding="utf-8")
    before = bot_says("--config", "config.json", "--config", str(ROOT / "config.json"), "check", cwd=tmp_path)
    assert before.returncode == 0, before.stderr
    behind = bot_says("--config", str(ROOT / "config.json"), "check", "--config", "config.json", cwd=tmp_path)
    assert behind.returncode == 2
    assert behind.stderr.startswith('config.json: interval = "7": must be one of')


@pytest.mark.parametrize("command", [(), ("check",)])
def test_mistakes_are_told_without_a_traceback(tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "config.json").write_text('{"venue": {"kind": "demo"}}', encoding="utf-8")
    (tmp_path / ".env").write_text("BYBIT_API_KEY=fromdotenv\n", encoding="utf-8")
    said = bot_says("--set", "risk.levrage=3", *command, cwd=tmp_path, BOT__INTERVAL="7")
    assert (said.returncode, said.stdout) == (2, "")
    head, *lines = said.stderr.splitlines()
    assert head == "The configuration has 3 problems:"
    assert [line.split(": ")[0].strip() for line in lines] == [
        "environment BOT__INTERVAL",
        "--set risk.levrage",
        "environment or .env",
    ]
    assert "fromdotenv" not in said.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--for", "soon"), "write it like 90s, 5m or"),
        (("--for", "5m", "check"), "only running the bot can be limited"),
        (("frobnicate",), "No such command"),
        (("--config", "none.json"), "none.json: there is no such file"),
    ],
)
def test_a_mistaken_command_line(arguments: tuple[str, ...], message: str) -> None:
    said = bot_says(*arguments, NO_COLOR="1", COLUMNS="200")
    assert said.returncode == 2
    assert message in said.stderr
    assert "Traceback" not in said.stderr


def old_pythons() -> list[str]:
    names = [shutil.which(f"python3.{minor}") for minor in range(6, 12)]
    names += [str(path) for path in Path.home().glob(".pyenv/versions/3.*/bin/python3")]
    return [name for name in names if name is not None and _is_old(name)]


def _is_old(python: str) -> bool:
    code = "import sys; sys.exit(sys.version_info >= (3, 12))"
    return subprocess.run([python, "-c", code], capture_output=True, check=False).returncode == 0


def test_an_old_python_is_refused_in_one_sentence() -> None:
    pythons = old_pythons()
    if not pythons:
        pytest.skip("no Python older than 3.12 here")
    for python in pythons:
        said = subprocess.run([python, "-m", "bot"], cwd=ROOT, capture_output=True, text=True, check=False)
        assert said.returncode == 2
        assert said.stderr.startswith("Pyrmethus needs Python 3.12 or 3.13, but this is Python 3.")
        assert len(said.stderr.splitlines()) == 1
