"""Secrets: values that never print, where they may come from, and their redaction from text."""

import re
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final, override
from urllib.parse import quote, quote_plus, unquote

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

MASK: Final = "***"
API_KEY: Final = "BYBIT_API_KEY"
API_SECRET: Final = "BYBIT_API_SECRET"  # noqa: S105  # the name of the variable, not its value

# Shorter texts would blank out ordinary words of the log, and no real key is so short.
_REDACTED_LENGTH_MIN: Final = 4
# Path segments and query values of an alert URL: anything shorter is a word, a port or a channel name.
_URL_PART_LENGTH_MIN: Final = 8

_SECRET_NAMES: Final = frozenset({
    "accesskey", "accesstoken", "apitoken", "authtoken", "bybitkey", "credentials", "passphrase", "passwd",
    "privatekey", "token",
})  # fmt: skip
_SECRET_ENDINGS: Final = ("apikey", "secret", "secretkey", "password")


def names_a_secret(key: str) -> bool:
    """Tell whether a key, in whatever spelling (apiKey, API-SECRET, bybit_secret), is meant to hold a secret."""
    bare = re.sub(r"[^a-z0-9]", "", key.lower())
    return bare in _SECRET_NAMES or bare.endswith(_SECRET_ENDINGS)


class Secret:
    """A text that shows as `***` in repr, str, format, logs and JSON; only `reveal` gives it away."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the text itself. Call this where it is used, never to keep or to print it."""
        return self._value

    @override
    def __repr__(self) -> str:
        return f"Secret({MASK})"

    @override
    def __str__(self) -> str:
        return MASK

    @override
    def __format__(self, format_spec: str) -> str:
        return MASK

    @override
    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return self._value == other._value

    @override
    def __hash__(self) -> int:
        return hash((Secret, self._value))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.union_schema(
            [
                core_schema.is_instance_schema(cls),
                core_schema.no_info_after_validator_function(cls, core_schema.str_schema(strict=True)),
            ],
            custom_error_type="string_type",
            serialization=core_schema.plain_serializer_function_ser_schema(str),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string"}


@dataclass(frozen=True, slots=True)
class Credentials:
    """The API key of an exchange account and its secret."""

    api_key: Secret
    api_secret: Secret


class SecretValues:
    """The secret texts of this run; `redact` takes them out of anything that is about to be written.

    Safe to use from any thread. `add` may come late, as when the simulated exchange hands out its keys.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._values: frozenset[str] = frozenset()
        self._pattern: re.Pattern[str] | None = None

    @override
    def __repr__(self) -> str:
        return f"SecretValues({len(self._values)} of them)"

    def add(self, value: str) -> None:
        """Redact this text from now on, also where it stands percent-encoded."""
        self._add({value, quote(value, safe=""), quote_plus(value)})

    def add_url(self, url: str) -> None:
        """Redact an alert URL and those of its parts that are long enough to be tokens, as other libraries log them."""
        _, _, rest = url.partition("://")
        parts = [part for part in re.split(r"[/?&=#:@,]", rest) if len(part) >= _URL_PART_LENGTH_MIN]
        # The user part of "user:password@host" may itself hold an "@" only when encoded, so this split is exact.
        userinfo = rest.split("/", 1)[0].rpartition("@")[0]
        password = userinfo.partition(":")[2]
        self._add({url, *parts, *map(unquote, parts), password, unquote(password)})

    def redact(self, text: str) -> str:
        """Return the text with every secret replaced by `***`."""
        pattern = self._pattern
        return text if pattern is None else pattern.sub(MASK, text)

    def _add(self, values: set[str]) -> None:
        with self._lock:
            self._values |= {value for value in values if len(value) >= _REDACTED_LENGTH_MIN}
            # Longest first: a secret that begins with another one is replaced whole.
            longest_first = sorted(self._values, key=lambda value: (-len(value), value))
            self._pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None
