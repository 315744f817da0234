"""Running the bot: feed watchdog, storage, alerts, logs, console."""

import re
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from bot.config.base import Section
from bot.config.fields import NUMBER_AS_TEXT
from bot.config.secrets import Secret

_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S+", re.ASCII)


def _alert_url(value: Secret) -> Secret:
    if not _URL.fullmatch(value.reveal()):
        raise PydanticCustomError("alert_url", "must be an Apprise URL, such as tgram://... or mailto://...")
    return value


AlertUrl = Annotated[Secret, AfterValidator(_alert_url)]


class FeedConfig(Section):
    """The WebSocket feeds."""

    silent_after_ms: Annotated[
        int,
        Field(
            ge=1_000,
            le=120_000,
            description="A socket that has been silent for so long is replaced (ms of the wall clock).",
        ),
    ] = 10_000


class StorageConfig(Section):
    """The SQLite database."""

    file: Annotated[
        str,
        Field(min_length=1, max_length=255, description="Database file, inside the state directory."),
        NUMBER_AS_TEXT,
    ] = "pyrmethus.sqlite"


class AlertsConfig(Section):
    """Who is told about starts, fills, closes, refusals and errors."""

    urls: Annotated[
        tuple[AlertUrl, ...],
        Field(
            strict=False,
            max_length=50,
            description="Apprise URLs. They hold passwords, so rather set BOT_ALERT_URLS in the environment or in "
            ".env (comma separated), which replaces this list.",
        ),
    ] = ()
    console: Annotated[bool, Field(description="Show alerts in the console too.")] = True
    min_severity: Annotated[
        Literal["info", "warning", "error"], Field(description="Alerts below this severity are not sent.")
    ] = "info"


class LoggingConfig(Section):
    """The log file."""

    level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], Field(description="Least level written.")] = "INFO"
    file: Annotated[
        str,
        Field(min_length=1, max_length=255, description="Log file, inside the state directory."),
        NUMBER_AS_TEXT,
    ] = "pyrmethus.log"
    max_bytes: Annotated[
        int, Field(ge=10_000, le=1_000_000_000, description="Size at which a new log file is begun (bytes).")
    ] = 10_000_000
    backups: Annotated[int, Field(ge=0, le=100, description="Older log files that are kept.")] = 5


class ConsoleConfig(Section):
    """The live table in the terminal."""

    refresh_ms: Annotated[int, Field(ge=100, le=60_000, description="Time between two refreshes (ms).")] = 500
