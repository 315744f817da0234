"""Step functions: the one place where an indicator's arithmetic is written down."""

from collections.abc import Callable, Iterator, MutableSequence
from hashlib import sha256
from types import CodeType, FunctionType, ModuleType
from typing import Any

from bot.domain.errors import UserError

type Numbers = MutableSequence[float]
"""A pointer to floats in machine code; any list of floats when a step is run as Python."""
type StepFunction = Callable[[Numbers, Numbers, Numbers, Numbers], None]

OPEN, HIGH, LOW, CLOSE, VOLUME, START_MS = range(6)
"""Places in the ``bar`` that a step function is given."""
BAR_FIELDS = 6

_PLAIN = (bool, int, float, str, type(None))
_KNOWN_MODULES = ("math",)


class Step:
    """A step function: plain Python to read and to call, compiled to machine code when an indicator set needs it."""

    __slots__ = ("__wrapped__", "_fingerprint", "name")

    def __init__(self, function: StepFunction) -> None:
        if not isinstance(function, FunctionType) or function.__code__.co_argcount != len(
            ("bar", "params", "state", "out")
        ):
            raise UserError(f"{function!r}: a step is a function of four arguments: bar, params, state, out")
        self.__wrapped__ = function
        self.name = f"{function.__module__}.{function.__qualname__}"
        self._fingerprint = ""

    def __call__(self, bar: Numbers, params: Numbers, state: Numbers, out: Numbers) -> None:
        """Run the plain Python function, as a debugger would; the arguments may be lists."""
        self.__wrapped__(bar, params, state, out)

    @property
    def fingerprint(self) -> str:
        """Changes whenever the code of the step does, or of any function or constant that it uses, wherever that is."""
        if not self._fingerprint:
            digest = sha256()
            for part in _parts(self.__wrapped__, set()):
                digest.update(f"{len(part)}:{part}".encode())
            self._fingerprint = digest.hexdigest()
        return self._fingerprint


def step(function: StepFunction) -> Step:
    """Declare a step function ``f(bar, params, state, out)``; use as a decorator.

    ``bar`` is read at ``OPEN``, ``HIGH``, ``LOW``, ``CLOSE``, ``VOLUME`` and ``START_MS``; ``params`` holds the
    parameters of the declaration; ``state`` starts as zeros and is the function's own; results go into ``out``. All are
    of floats. Allowed is what numba compiles for numbers: arithmetic, ``if``, ``while``, ``for ... in range``, the
    ``math`` module and functions written in the same way, in whatever file, imported by name.
    """
    return Step(function)


def functions_used(function: FunctionType) -> dict[str, FunctionType]:
    """The functions that ``function`` uses itself, by the name under which it knows them.

    UserError where it uses anything whose changes could not be noticed.
    """
    return {name: value for name, value in _references(function) if isinstance(value, FunctionType)}


def _parts(function: FunctionType, seen: set[FunctionType]) -> Iterator[str]:
    if function in seen:
        return
    seen.add(function)
    yield from _code_parts(function.__code__)
    yield repr((function.__defaults__, function.__kwdefaults__))
    for name, value in _references(function):
        yield name
        if isinstance(value, FunctionType):
            yield from _parts(value, seen)
        else:
            yield value.__name__ if isinstance(value, ModuleType) else repr(value)


def _code_parts(code: CodeType) -> Iterator[str]:
    yield repr((code.co_code, code.co_names, code.co_varnames, code.co_freevars, code.co_argcount))
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _code_parts(constant)
        else:
            yield repr(constant)


def _references(function: FunctionType) -> Iterator[tuple[str, Any]]:
    """What the function takes from around itself, sorted by name; builtins and attributes have nothing to follow."""
    code, known = function.__code__, function.__globals__
    found = {name: known[name] for name in code.co_names if name in known}
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        found[name] = cell.cell_contents
    for name, value in sorted(found.items()):
        own = isinstance(value, FunctionType)
        module = isinstance(value, ModuleType) and value.__name__ in _KNOWN_MODULES
        math_function = getattr(value, "__module__", None) in _KNOWN_MODULES
        numbers = isinstance(value, tuple) and all(isinstance(each, _PLAIN) for each in value)
        if not (own or module or math_function or numbers or isinstance(value, _PLAIN)):
            raise UserError(
                f"{function.__module__}.{function.__qualname__} uses {name}, a {type(value).__name__}: a step may use "
                "numbers, the math module, and functions imported by name"
            )
        yield name, value
