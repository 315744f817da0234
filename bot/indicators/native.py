"""Machine code of step functions: compiled with numba the first time, from then on loaded from a file.

A file is named after a fingerprint of everything that its machine code depends on: the code of the step and of every
function it uses, the compiler's version, the processor. So a file can be missing, but never out of date. numba itself
(half a second) is only imported when something has to be compiled. Files are written beside their final name and then
renamed, so that several processes can compile the same thing at once.
"""

import os
import platform
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from types import FunctionType
from typing import Any

import llvmlite.binding as llvm

from bot.domain.errors import UserError
from bot.indicators.step import Step, functions_used

_HERE = Path(__file__).parent
_LOCK = threading.RLock()
_DIGEST_BYTES = 32
_KEPT_PER_NAME = 4
"""Older files of one step that stay: other checkouts or Pythons may share the folder."""

_LIBRARY = frozenset(
    ["acos", "asin", "atan", "atan2", "ceil", "cos", "cosh", "exp", "expm1", "fabs", "floor", "fmod", "hypot", "log", "log10", "log1p", "log2", "memcpy", "memmove", "memset", "pow", "round", "sin", "sinh", "sqrt", "tan", "tanh", "trunc"]
)
"""Functions of C's own library that machine code may call."""

_addresses: dict[str, int] = {}


def address_of(step: Step) -> int:
    """Where the compiled step function is in this process. Any thread."""
    key = _key(step.fingerprint)
    with _LOCK:
        if key not in _addresses:
            _addresses[key] = _load_or_compile(step.name, key, lambda: _compile_step(step))
        return _addresses[key]


def kernel_address(name: str) -> int:
    """Where ``advance`` or ``sweep`` of the kernel is in this process. Any thread."""
    key = _key((_HERE / "kernel.py").read_text("utf-8") + name)
    with _LOCK:
        if key not in _addresses:
            _addresses[key] = _load_or_compile(f"kernel.{name}", key, lambda: _compile_kernel(name))
        return _addresses[key]


def cache_folders() -> Iterator[Path]:
    """Where machine code may be kept, best first: ``PYRMETHUS_CACHE``, beside the package, or the user's cache."""
    chosen = os.environ.get("PYRMETHUS_CACHE")
    if chosen:
        yield Path(chosen) / "indicators"
        return
    yield _HERE / "__pycache__" / "native"
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser())
    yield home / "pyrmethus" / "indicators"


def _key(fingerprint: str) -> str:
    return sha256(f"{_environment()}\0{fingerprint}".encode()).hexdigest()[:40]


@cache
def _environment() -> str:
    """What the same source may be compiled differently for."""
    return repr((
        sys.implementation.cache_tag,
        platform.system(),
        llvm.get_process_triple(),
        llvm.get_host_cpu_name(),
        llvm.get_host_cpu_features().flatten(),
        version("numba"),
        version("llvmlite"),
        (_HERE / "native.py").read_text("utf-8"),
    ))  # fmt: skip


@cache
def _engine() -> Any:  # noqa: ANN401 - llvmlite has no types
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.create_mcjit_compiler(llvm.parse_assembly(""), _target_machine())


def _target_machine() -> Any:  # noqa: ANN401 - llvmlite has no types
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=3,
        jit=True,
        reloc="default",
        codemodel="jitdefault",
    )


def _load_or_compile(name: str, key: str, compile_now: Any) -> int:  # noqa: ANN401 - a function without arguments
    symbol = f"pyrmethus_{key}"
    engine = _engine()
    code = _read(name, key)
    if code is None:
        native_name, text = compile_now()
        module = llvm.parse_assembly(text.replace(native_name.removeprefix("cfunc."), symbol))
        _refuse_what_needs_python(name, module)
        code = _target_machine().emit_object(module)
        _write(name, key, code)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return int(engine.get_function_address(f"cfunc.{symbol}"))


def _refuse_what_needs_python(name: str, module: Any) -> None:  # noqa: ANN401 - llvmlite has no types
    """Machine code that raises exceptions or allocates objects would need numba whenever it is loaded."""
    for function in module.functions:
        if function.is_declaration and not function.name.startswith("llvm.") and function.name not in _LIBRARY:
            raise UserError(f"{name} can raise an exception or makes objects, which a step may not do: {function.name}")


def _compile_step(step: Step) -> tuple[str, str]:
    from numba import cfunc

    from bot.indicators.kernel import STEP_SIGNATURE

    _make_compilable(step.__wrapped__)
    made = cfunc(STEP_SIGNATURE, error_model="numpy")(step.__wrapped__)
    return made.native_name, made.inspect_llvm()


def _compile_kernel(name: str) -> tuple[str, str]:
    from bot.indicators.kernel import compile_kernels

    return compile_kernels()[name]


_compilable: set[FunctionType] = set()


def _make_compilable(function: FunctionType) -> None:
    """Let numba follow calls from ``function`` into the functions that it uses."""
    from numba.extending import register_jitable

    for used in functions_used(function).values():
        if used not in _compilable:
            _compilable.add(used)
            register_jitable(error_model="numpy", forceinline=True)(used)
            _make_compilable(used)


def _read(name: str, key: str) -> bytes | None:
    for folder in cache_folders():
        with suppress(OSError):
            content = (folder / f"{name}-{key}.o").read_bytes()
            digest, code = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
            if sha256(code).digest() == digest:
                return code
    return None


def _write(name: str, key: str, code: bytes) -> None:
    """Keep ``code`` in the first folder that can be written to; where none can, the next start compiles again."""
    for folder in cache_folders():
        with suppress(OSError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=folder, suffix=".new")
            with os.fdopen(handle, "wb") as file:
                file.write(sha256(code).digest() + code)
            Path(temporary).replace(folder / f"{name}-{key}.o")
            _forget_old(folder, name)
            return


def _forget_old(folder: Path, name: str) -> None:
    with suppress(OSError):  # another process may be tidying up as well
        found = sorted(folder.glob(f"{name}-*.o"), key=lambda file: file.stat().st_mtime)
        for file in found[:-_KEPT_PER_NAME]:
            file.unlink(missing_ok=True)
