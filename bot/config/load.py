"""Reads, merges and validates every source of settings."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import ValidationError

from bot.config.errors import ConfigError, Problem
from bot.config.layers import Layer, merge, origin
from bot.config.models import Config
from bot.config.problems import find_duplicates, find_problems
from bot.config.secrets import API_KEY, API_SECRET, Credentials, Secret, SecretValues
from bot.config.sources import ALERT_URLS, read_dotenv, read_file, read_overrides, read_variables, split_urls
from bot.config.strategy_problems import FindMistakes, find_strategy_problems
from bot.config.tree import Json
from bot.config.tree import Path as Keys

_FOLDER = ("simulator", "feed", "folder")


def load_config(
    path: Path,
    overrides: Sequence[str] = (),
    environ: Mapping[str, str] | None = None,
    dotenv_path: Path | None = None,
    find_mistakes: FindMistakes | None = None,
) -> Config:
    """Return the configuration of this run.

    --set (`overrides`, "a.b=value") counts over the environment, the environment over .env, .env over the file, the
    file over the defaults. A relative folder of candles, or file of a strategy, starts at the folder of the file if the
    file or .env names it, otherwise at the working directory. `find_mistakes` knows the strategies and their
    parameters, which the configuration does not.

    Raises ConfigError with everything that is wrong; its text shows no secret.
    """
    dotenv, dotenv_problems = read_dotenv(dotenv_path)
    variables = {**dotenv, **(environ or {})}
    file = read_file(path)
    layers = (
        file,
        read_variables(dotenv, str(dotenv_path)),
        read_variables(environ or {}, "environment"),
        read_overrides(overrides),
    )
    merged = merge(layers)
    problems = [*merged.problems, *dotenv_problems]
    config = None
    if file.is_readable:
        _anchor_folder(merged, path)
        _anchor_strategy_files(merged, path)
        credentials, credential_problems = _credentials(variables, merged)
        try:
            config = Config.model_validate(merged.tree).with_credentials(credentials)
        except ValidationError as error:
            problems += _unreported(find_problems(error, merged), problems)
        problems += find_duplicates(merged)
        if find_mistakes is not None:
            problems += find_strategy_problems(merged, config, find_mistakes)
        problems += credential_problems
    if config is None or problems:
        raise ConfigError(_redacted(problems, variables))
    return config


def _unreported(found: Iterator[Problem], reported: Sequence[Problem]) -> list[Problem]:
    paths = {problem.path for problem in reported if problem.path}
    return [problem for problem in found if problem.path not in paths]


def _anchor_folder(merged: Layer, path: Path) -> None:
    simulator = merged.tree.get("simulator")
    feed = simulator.get("feed") if isinstance(simulator, dict) else None
    folder = feed.get("folder") if isinstance(feed, dict) else None
    if not isinstance(feed, dict) or not isinstance(folder, str) or not folder:
        return
    by_option = origin(merged.origins, _FOLDER).startswith(("--set ", "environment "))
    feed["folder"] = str(Path(folder) if by_option else path.parent / folder)


def _anchor_strategy_files(merged: Layer, path: Path) -> None:
    symbols = merged.tree.get("symbols")
    for index, entry in enumerate(symbols if isinstance(symbols, list) else ()):
        if isinstance(entry, dict):
            _anchor_strategy_file(entry.get("strategy"), ("symbols", index, "strategy"), merged, path)
    _anchor_strategy_file(merged.tree.get("strategy"), ("strategy",), merged, path)


def _anchor_strategy_file(section: Json, at: Keys, merged: Layer, path: Path) -> None:
    file = section.get("file") if isinstance(section, dict) else None
    by_option = origin(merged.origins, (*at, "file")).startswith(("--set ", "environment "))
    if isinstance(section, dict) and isinstance(file, str) and file and not by_option:
        section["file"] = str(path.parent / file)


def _credentials(variables: Mapping[str, str], merged: Layer) -> tuple[Credentials | None, list[Problem]]:
    """Return the API keys, and what is wrong with them for the venue that is asked for."""
    values = {name: variables.get(name, "").strip() for name in (API_KEY, API_SECRET)}
    problems = [
        Problem(name, None, "must be ASCII text without blanks, as Bybit shows it", "environment or .env")
        for name, value in values.items()
        if not (value.isascii() and value.isprintable()) or " " in value
    ]
    venue = merged.tree.get("venue")
    kind = venue.get("kind") if isinstance(venue, dict) else None
    if isinstance(kind, str) and kind in {"demo", "testnet", "mainnet"}:
        problems += [
            Problem(name, None, f"is not set, and venue.kind {kind} needs it", "environment or .env")
            for name, value in values.items()
            if not value
        ]
    if not all(values.values()):
        return None, problems
    return Credentials(Secret(values[API_KEY]), Secret(values[API_SECRET])), problems


def _redacted(problems: Sequence[Problem], variables: Mapping[str, str]) -> list[Problem]:
    """Mask secrets also where they were put by mistake, such as an API key given as the value of another key."""
    secrets = SecretValues()
    for name in (API_KEY, API_SECRET):
        secrets.add(variables.get(name, "").strip())
    for url in split_urls(variables.get(ALERT_URLS, "")):
        secrets.add_url(url)
    return [
        replace(
            problem,
            value=None if problem.value is None else secrets.redact(problem.value),
            message=secrets.redact(problem.message),
        )
        for problem in problems
    ]
