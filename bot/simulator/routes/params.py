"""Reading request parameters: whatever a client sends ends in a value or in a refusal."""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

PLAIN_NUMBER = re.compile(r"\d{1,18}(\.\d{1,18})?", re.ASCII)
PLAIN_INT = re.compile(r"-?\d{1,18}", re.ASCII)
INVALID_PARAMS = 10001


class Refused(Exception):  # noqa: N818 (an answer of the exchange, not a fault of it)
    """The request is answered with a retCode other than 0; nothing has changed."""

    def __init__(self, code: int, message: str, result: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.result = result or {}


def invalid(message: str) -> Refused:
    return Refused(INVALID_PARAMS, message)


class Params:
    """The parameters of one request. Numbers may come as text or as JSON numbers, as on Bybit."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self._raw = raw

    def has(self, name: str) -> bool:
        value = self._raw.get(name)
        return value is not None and value != ""

    def has_any(self, names: Iterable[str]) -> bool:
        """Whether at least one of several is mentioned, be it empty."""
        return not self._raw.keys().isdisjoint(names)

    def listed(self, name: str) -> list[Any]:
        """A list of anything, empty if absent."""
        value = self._raw.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise invalid(f"{name} type error")
        return value

    def joined(self, more: Mapping[str, Any]) -> "Params":
        """The same with some values set."""
        return Params({**self._raw, **more})

    def text(self, name: str) -> str:
        """A text, "" if absent."""
        value = self._raw.get(name)
        if value is None:
            return ""
        if isinstance(value, str):
            return value
        if isinstance(value, bool) or not isinstance(value, int):
            raise invalid(f"{name} type error")
        return str(value)

    def words(self, name: str) -> list[str]:
        """Words separated by commas, [] if absent."""
        return [word.strip() for word in self.text(name).split(",") if word.strip()]

    def choice(self, name: str, choices: tuple[str, ...], default: str | None = None) -> str:
        """One of several words; `default` if absent, refused if there is none."""
        value = self.text(name)
        if value == "" and default is not None:
            return default
        if value not in choices:
            raise invalid(f"{name} invalid")
        return value

    def number(self, name: str) -> Decimal | None:
        """A non-negative number in plain notation, None if absent."""
        value = self._raw.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, str):
            text = value
        elif isinstance(value, bool) or not isinstance(value, int | float):
            raise invalid(f"{name} type error")
        else:
            text = str(value)
        if PLAIN_NUMBER.fullmatch(text) is None:
            raise invalid(f"{name} invalid")
        return Decimal(text)

    def signed(self, name: str) -> Decimal | None:
        """A number that may begin with a minus, None if absent."""
        value = self._raw.get(name)
        if isinstance(value, str) and value.startswith("-"):
            positive = Params({name: value[1:]}).number(name)
            return None if positive is None else -positive
        if isinstance(value, int | float) and not isinstance(value, bool) and value < 0:
            return Params({name: str(value)}).signed(name)
        return self.number(name)

    def integer(self, name: str) -> int | None:
        """A whole number, None if absent."""
        value = self._raw.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            raise invalid(f"{name} type error")
        if PLAIN_INT.fullmatch(str(value)) is None:
            raise invalid(f"{name} invalid")
        return int(value)

    def limit(self, default: int, most: int) -> int:
        """The page size: 1 to `most`."""
        value = self.integer("limit")
        if value is None:
            return default
        if not 1 <= value <= most:
            raise invalid("limit invalid")
        return value

    def flag(self, name: str) -> bool:
        value = self._raw.get(name)
        if value is None or value == "":
            return False
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in {"true", "false"}:
            return value.lower() == "true"
        raise invalid(f"{name} type error")
