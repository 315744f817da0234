"""Strategies from files of the user's."""

import sys
from hashlib import sha256
from inspect import isabstract, isclass
from pathlib import Path
from types import ModuleType

from bot.domain.errors import UserError
from bot.strategies.base import Strategy

MODULE_PREFIX = "strategy_of_user_"
_loaded: dict[tuple[str, str], ModuleType] = {}
"""Modules by path and digest: a bot with many symbols runs a file once, and again only after it was changed."""


def load_class(file: str, class_name: str | None) -> type[Strategy]:
    """The class of a strategy in a Python file; without a name the only one there.

    Runs the file, once per content. UserError if that fails, or if there is no such class.
    """
    module = _module(Path(file))
    found = {
        name: each
        for name, each in vars(module).items()
        if isclass(each) and issubclass(each, Strategy) and not isabstract(each) and each.__module__ == module.__name__
    }
    if class_name is not None:
        if class_name not in found:
            raise UserError(f"has no strategy {class_name}; it has: {', '.join(found) or 'none'}")
        return _named(found[class_name])
    if len(found) != 1:
        raise UserError(f'has {len(found)} strategies; name one with "class": {", ".join(found) or "there is none"}')
    return _named(next(iter(found.values())))


def _named(kind: type[Strategy]) -> type[Strategy]:
    """A class of a user's own need not have a name in the configuration's sense: its own will do."""
    if "name" not in vars(kind):
        kind.name = kind.__name__
    return kind


def _module(path: Path) -> ModuleType:
    try:
        source = path.read_bytes()
    except OSError as error:
        raise UserError(f"can not be read: {error.strerror}") from None
    key = (str(path.resolve()), sha256(source).hexdigest())
    if key not in _loaded:
        _loaded[key] = _run(path.resolve(), source, f"{MODULE_PREFIX}{key[1][:12]}")
    return _loaded[key]


def _run(path: Path, source: bytes, name: str) -> ModuleType:
    """Run exactly what was read: Python's cache of compiled files does not see a change within the same second."""
    module = ModuleType(name)
    module.__file__ = str(path)
    sys.modules[name] = module  # pydantic looks a class's module up there
    try:
        exec(compile(source, str(path), "exec"), vars(module))  # noqa: S102 - it is the user's own program
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise UserError(f"can not be run: {type(error).__name__}: {error}{line_of_user(error, path)}") from error
    return module


def line_of_user(error: BaseException, path: Path) -> str:
    """The last line of the user's own file on the way to an error, in brackets; empty if it was not on the way."""
    lines = []
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(path):
            lines.append(trace.tb_lineno)
        trace = trace.tb_next
    return f" (line {lines[-1]})" if lines else ""
