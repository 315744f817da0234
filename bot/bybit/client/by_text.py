"""Calls made with words, as a person types them: which there are, what they take, and texts turned into their types."""

import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from difflib import get_close_matches
from enum import Enum
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

import msgspec

from bot.bybit.client.area import does_change
from bot.bybit.client.client import AREAS, Client, calls_of
from bot.bybit.client.values import bybit_name
from bot.domain.errors import UserError

_PLAIN: Mapping[type, str] = {int: "a whole number", Decimal: "a number", bool: "true or false", str: "a text"}


class Parameter(msgspec.Struct, frozen=True):
    """One parameter of a call: the name in Python, its type without None, and the default if it may be left out."""

    name: str
    kind: Any
    is_required: bool
    default: Any

    @property
    def shown_name(self) -> str:
        """Bybit's name for it."""
        return bybit_name(self.name)

    @property
    def expects(self) -> str:
        """What may be given, in words."""
        if inspect.isclass(self.kind) and issubclass(self.kind, Enum):
            return "one of " + ", ".join(str(each.value) for each in self.kind)
        if get_origin(self.kind) is tuple:
            fields = (bybit_name(field) for field in get_args(self.kind)[0].__struct_fields__)
            return f"a JSON list of objects with {', '.join(fields)}"
        if self.name.endswith("_ms"):
            return "milliseconds since 1970"
        return _PLAIN[self.kind]


class TextCall:
    """One call that a person may make."""

    def __init__(self, area: str, name: str, method: Callable[..., Any]) -> None:
        self.area = area
        self.name = name
        self.changes = does_change(method)
        self.description = (inspect.getdoc(method) or "").replace("``", "")
        self._spec: tuple[str, type[msgspec.Struct]] | None = None
        hints = get_type_hints(method)
        self.parameters: list[Parameter] = []
        for parameter in list(inspect.signature(method).parameters.values())[1:]:
            kind = _without_none(hints[parameter.name])
            if inspect.isclass(kind) and issubclass(kind, msgspec.Struct):
                self._spec = (parameter.name, kind)
                self.parameters += _fields_of(kind)
            else:
                required = parameter.default is inspect.Parameter.empty
                self.parameters.append(
                    Parameter(parameter.name, kind, required, None if required else parameter.default)
                )

    @property
    def summary(self) -> str:
        """What it does, in one short line."""
        return self.description.splitlines()[0].split(". ")[0].split("; ")[0].rstrip(".")

    def arguments(self, words: Sequence[str]) -> dict[str, Any]:
        """The arguments that ``key=value`` words mean. UserError names the first one that means none."""
        known = {_key(each.name): each for each in self.parameters}
        values: dict[str, Any] = {}
        for word in words:
            name, equals, text = word.partition("=")
            if not equals:
                raise UserError(f"{word}: parameters are given as name=value, such as {self._example()}")
            parameter = known.get(_key(name))
            if parameter is None:
                raise UserError(f"{self.name} has no parameter {name}{self._instead(name)}")
            if parameter.name in values:
                raise UserError(f"{name} is given twice")
            values[parameter.name] = _value(parameter, text)
        missing = [each.shown_name for each in self.parameters if each.is_required and each.name not in values]
        if missing:
            raise UserError(f"{self.name} needs {', '.join(missing)} as well")
        return values

    def make(self, client: Client, arguments: Mapping[str, Any]) -> Any:  # noqa: ANN401 - each call has its own
        """Make the call. Raises CallError."""
        given = dict(arguments)
        if self._spec is not None:
            name, kind = self._spec
            fields = {field: given.pop(field) for field in kind.__struct_fields__ if field in given}
            given[name] = kind(**fields)
        return getattr(getattr(client, self.area), self.name)(**given)

    def _example(self) -> str:
        return f"{self.parameters[0].shown_name}=..." if self.parameters else "nothing: it has none"

    def _instead(self, name: str) -> str:
        shown = {_key(each.name): each.shown_name for each in self.parameters}
        near = get_close_matches(_key(name), shown, n=1)
        if near:
            return f"; did you mean {shown[near[0]]}?"
        return f"; there is {', '.join(shown.values())}" if shown else "; it has none"


def all_calls() -> Mapping[str, TextCall]:
    """Every call by name, area by area."""
    return {
        name: TextCall(area, name, method) for area, kind in AREAS.items() for name, method in calls_of(kind).items()
    }


def find_call(name: str) -> TextCall:
    """The call of that name. UserError with what may have been meant."""
    calls = all_calls()
    found = calls.get(name.replace("-", "_"))
    if found is not None:
        return found
    near = get_close_matches(name, calls, n=1) or [each for each in calls if name in each][:1]
    instead = f"did you mean {near[0]}?" if near else "`api` alone lists them"
    raise UserError(f"there is no call {name}; {instead}")


def _fields_of(kind: type[msgspec.Struct]) -> list[Parameter]:
    return [
        Parameter(field.name, _without_none(field.type), field.required, None if field.required else field.default)
        for field in msgspec.structs.fields(kind)
    ]


def _without_none(kind: Any) -> Any:  # noqa: ANN401 - a type of any form
    if get_origin(kind) is UnionType:
        (kind,) = (each for each in get_args(kind) if each is not NoneType)
    return kind


def _key(name: str) -> str:
    """By which a name is found: orderLinkId, order_link_id and order-link-id are the same."""
    return name.removesuffix("_ms").replace("_", "").replace("-", "").lower()


def _value(parameter: Parameter, text: str) -> Any:  # noqa: ANN401 - as the parameter wants it
    try:
        raw = _items(parameter, text) if get_origin(parameter.kind) is tuple else text
        value = msgspec.convert(raw, parameter.kind, strict=False)
        if isinstance(value, Decimal) and not value.is_finite():
            raise ValueError  # noqa: TRY301 - as good a number as a word
    except (msgspec.ValidationError, ValueError) as error:
        detail = f" ({error})" if get_origin(parameter.kind) is tuple else ""
        raise UserError(f"{parameter.shown_name}={text}: must be {parameter.expects}{detail}") from None
    return value


def _items(parameter: Parameter, text: str) -> list[dict[str, Any]]:
    """The objects of a JSON list with their fields named as in Python. ValueError if it is none."""
    (kind, *_) = get_args(parameter.kind)
    names = {_key(field): field for field in kind.__struct_fields__}
    items = json.loads(text, parse_float=str)
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise ValueError("it is no list of objects")
    unknown = [field for item in items for field in item if _key(field) not in names]
    if unknown:
        raise ValueError(f"there is no field {unknown[0]}")
    return [{names[_key(field)]: value for field, value in item.items()} for item in items]
