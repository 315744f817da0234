"""A config.json to write settings into."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from bot.config.errors import ConfigError, Problem
from bot.config.load import load_config
from bot.config.models import Config

type Load = Callable[..., Config]
type Problems = Callable[..., dict[str, Problem]]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Load settings given as a value or as text of config.json, and as --set, environment and .env."""

    def load(
        settings: Mapping[str, Any] | str = "{}",
        overrides: Sequence[str] = (),
        environ: Mapping[str, str] | None = None,
        dotenv: str | None = None,
    ) -> Config:
        file = tmp_path / "config.json"
        file.write_text(settings if isinstance(settings, str) else json.dumps(settings), encoding="utf-8")
        dotenv_path = tmp_path / ".env"
        if dotenv is not None:
            dotenv_path.write_text(dotenv, encoding="utf-8")
        return load_config(file, overrides, environ, dotenv_path)

    return load


@pytest.fixture
def problems(load: Load) -> Problems:
    """Load settings that are wrong and return the problems by their path."""

    def problems(*args: Any, **kwargs: Any) -> dict[str, Problem]:
        with pytest.raises(ConfigError) as caught:
            load(*args, **kwargs)
        found = caught.value.problems
        assert len(str(caught.value).splitlines()) == len(found) + (len(found) > 1)
        return {problem.path: problem for problem in found}

    return problems
