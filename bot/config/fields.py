"""The field types of the configuration: exact decimals, times, intervals, symbols, free JSON objects."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, override

from pydantic import AfterValidator, BeforeValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, WithJsonSchema
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from bot.domain.values import Symbol

_DECIMAL: Final = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_DECIMAL_JSON_PATTERN: Final = r"^[0-9]+(\.[0-9]+)?$"


@dataclass(frozen=True, slots=True)
class Bounded:
    """Annotation of an exact `Decimal`, read from a JSON number or from a string such as "0.005", within bounds.

    Bounds are given as text so that they are exact too: `gt` exclusive, `ge` and `le` inclusive.
    """

    le: str
    gt: str | None = None
    ge: str | None = None

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            self._validate,
            serialization=core_schema.plain_serializer_function_ser_schema(_plain_text, when_used="json"),
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        number: dict[str, Any] = {"type": "number", "maximum": float(self.le)}
        if self.gt is not None:
            number["exclusiveMinimum"] = float(self.gt)
        if self.ge is not None:
            number["minimum"] = float(self.ge)
        return {"anyOf": [number, {"type": "string", "pattern": _DECIMAL_JSON_PATTERN}]}

    def _validate(self, value: object) -> Decimal:
        number = _decimal(value)
        if (
            number > Decimal(self.le)
            or (self.gt is not None and number <= Decimal(self.gt))
            or (self.ge is not None and number < Decimal(self.ge))
        ):
            raise PydanticCustomError("decimal_range", "must be {bounds}", {"bounds": self._bounds()})
        return number

    def _bounds(self) -> str:
        low = f"above {self.gt}" if self.gt is not None else f"at least {self.ge}"
        return f"{low} and at most {self.le}"


def _decimal(value: object) -> Decimal:
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return Decimal(value)
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        number = Decimal(value)
        if number.is_finite():
            return number
    raise PydanticCustomError("decimal_type", 'must be a number, such as 0.5 or "0.5"')


def _plain_text(value: Decimal) -> str:
    return format(value, "f")


def _text(value: object) -> object:
    # BOT__EXECUTION__ORDER_PREFIX=7 arrives as the number 7.
    return str(value) if isinstance(value, (int, Decimal)) and not isinstance(value, bool) else value


NUMBER_AS_TEXT: Final = BeforeValidator(_text)
"""Put behind the bounds of a text: a number in its place is taken as its digits (the environment knows no quotes)."""

Interval = Annotated[Literal["1", "3", "5", "15", "30", "60", "120", "240", "360", "720", "D"], NUMBER_AS_TEXT]
"""A candle interval as Bybit spells it: minutes, or D for a day."""

_SYMBOL_PATTERN: Final = r"[A-Z0-9]{1,20}(USDT|USDC|PERP|USD([FGHJKMNQUVXZ][0-9]{2})?)"
_SYMBOL: Final = re.compile(_SYMBOL_PATTERN)
SYMBOL_JSON_PATTERN: Final = f"^{_SYMBOL_PATTERN}$"


def _symbol(value: Symbol) -> Symbol:
    if _SYMBOL.fullmatch(value):
        return value
    close = suggest_symbol(value)
    hint = f'; did you mean "{close}"?' if close else ""
    raise PydanticCustomError("symbol", 'is not how Bybit spells a symbol (like "BTCUSDT"){hint}', {"hint": hint})


def suggest_symbol(value: str) -> Symbol | None:
    """Return the Bybit spelling that text like "btc/usdt", "ETH-USDT" or "sol" probably means, if there is one."""
    bare = re.sub(r"[^A-Z0-9]", "", value.split(":", maxsplit=1)[0].upper())
    for candidate in (f"{bare}T",) if bare.endswith("USD") else (bare, f"{bare}USDT"):
        if bare and _SYMBOL.fullmatch(candidate):
            return Symbol(candidate)
    return None


SymbolName = Annotated[
    Symbol, AfterValidator(_symbol), WithJsonSchema({"type": "string", "pattern": SYMBOL_JSON_PATTERN})
]
"""A contract as Bybit spells it, such as BTCUSDT, 1000PEPEUSDT or BTCUSD."""


def _utc_time(value: object) -> datetime:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC)
    if isinstance(value, str):
        try:
            if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
                return datetime.combine(date.fromisoformat(value), time(tzinfo=UTC))
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is not None:
                return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise PydanticCustomError(
        "utc_time", 'must be a date or a time with its zone, such as "2026-01-05" or "2026-01-05T00:00:00Z"'
    )


UtcTime = Annotated[
    datetime,
    BeforeValidator(_utc_time),
    WithJsonSchema({"type": "string", "examples": ["2026-01-05", "2026-01-05T00:00:00Z"]}),
]
"""A moment in UTC, written as an ISO 8601 date (its midnight) or as a date and time with a zone."""


def utc_ms(moment: datetime) -> int:
    """Return a moment as milliseconds since 1970, exactly."""
    elapsed = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (elapsed.days * 86_400 + elapsed.seconds) * 1_000 + elapsed.microseconds // 1_000


SPEED_MAX: Final = 100_000.0


def _speed(value: object) -> float | Literal["lockstep"]:
    if value == "lockstep":
        return "lockstep"
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if 0 < number <= SPEED_MAX:  # also refuses NaN
            return number
    raise PydanticCustomError(
        "speed", 'must be a number above 0 and at most {most}, or "lockstep"', {"most": f"{SPEED_MAX:.0f}"}
    )


Speed = Annotated[
    float | Literal["lockstep"],
    BeforeValidator(_speed),
    WithJsonSchema({"anyOf": [{"type": "number", "exclusiveMinimum": 0, "maximum": SPEED_MAX}, {"const": "lockstep"}]}),
]
"""How many market seconds pass in one second of the wall clock, or "lockstep"."""


class JsonObject(Mapping[str, Any]):
    """A JSON object that cannot be changed: what a section leaves to somebody else (a strategy) to validate.

    Nested objects are `JsonObject` and arrays are tuples. Numbers with a fraction are floats, because what is free
    here are the parameters of indicators, never money.
    """

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[str, object]) -> None:
        self._items = {key: _frozen(value) for key, value in items.items()}

    @override
    def __getitem__(self, key: str) -> Any:
        return self._items[key]

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    @override
    def __len__(self) -> int:
        return len(self._items)

    @override
    def __repr__(self) -> str:
        return repr(self.plain())

    @override
    def __hash__(self) -> int:
        return hash(tuple(self._items.items()))

    def plain(self) -> dict[str, Any]:
        """Return a copy made of dicts and lists, ready for `json.dumps` or a pydantic model."""
        return {key: _plain(value) for key, value in self._items.items()}

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._validate, serialization=core_schema.plain_serializer_function_ser_schema(cls.plain)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "object"}

    @classmethod
    def _validate(cls, value: object) -> "JsonObject":
        if isinstance(value, Mapping):
            return cls(value)
        raise PydanticCustomError("json_object", "must be an object, such as {example}", {"example": '{"period": 9}'})


def _frozen(value: object) -> object:
    match value:
        case Mapping():
            return JsonObject(value)
        case list() | tuple():
            return tuple(_frozen(item) for item in value)
        case Decimal():
            return float(value)
        case _:
            return value


def _plain(value: object) -> object:
    match value:
        case JsonObject():
            return value.plain()
        case tuple():
            return [_plain(item) for item in value]
        case _:
            return value


Port = Annotated[int, Field(ge=0, le=65_535)]
"""A TCP port; 0 asks the system for any free one."""
