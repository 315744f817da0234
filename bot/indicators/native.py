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
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from types import FunctionType
from typing import Any, NamedTuple

import llvmlite.binding as llvm

from bot.domain.errors import UserError
from bot.indicators.step import Step, functions_used

_HERE = Path(__file__).parent
_LOCK = threading.RLock()
_DIGEST_BYTES = 32
_KEPT_PER_NAME = 4
"""Older files of one step that stay: other checkouts or Pythons may share the folder."""

_LIBRARY = frozenset(
    [
        "acos",
        "asin",
        "atan",
        "atan2",
        "ceil",
        "cos",
        "cosh",
        "exp",
        "expm1",
        "fabs",
        "floor",
        "fmod",
        "hypot",
        "log",
        "log10",
        "log1p",
        "log2",
        "memcpy",
        "memmove",
        "memset",
        "pow",
        "round",
        "sin",
        "sinh",
        "sqrt",
        "tan",
        "tanh",
        "trunc",
    ]
)
"""Functions of C's own library that machine code may call."""

_STEP, _SWEEP, _KERNEL = "pyrmethus_step_{}", "pyrmethus_sweep_{}", "pyrmethus_kernel_{}"

_addresses: dict[str, Sequence[int]] = {}


class StepCode(NamedTuple):
    """Where the machine code of a step is: for one bar, and for a whole array of them."""

    step: int
    sweep: int


def step_code(step: Step) -> StepCode:
    """The compiled step function in this process. Any thread. UserError if it can not be compiled."""
    key = _key(step.fingerprint + _kernel_text())
    names = (_STEP.format(key), _SWEEP.format(key))
    return StepCode(*_addresses_of(step.name, key, names, lambda: _compile_step(step, *names)))


def kernel_address(name: str) -> int:
    """Where a kernel is in this process. Any thread."""
    key = _key(_kernel_text() + name)
    entry = _KERNEL.format(key)
    return _addresses_of(f"kernel.{name}", key, (entry,), lambda: _compile_kernel(name, entry))[0]


def cache_folders() -> Iterator[Path]:
    """Where machine code may be kept, best first: ``PYRMETHUS_CACHE``, beside the package, or the user's cache."""
    chosen = os.environ.get("PYRMETHUS_CACHE")
    if chosen:
        yield Path(chosen) / "indicators"
        return
    yield _HERE / "__pycache__" / "native"
    with suppress(RuntimeError):  # a user without a home, as containers have them
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
def _kernel_text() -> str:
    return (_HERE / "kernel.py").read_text("utf-8")


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


def _addresses_of(name: str, key: str, entries: Sequence[str], compile_now: Callable[[], Any]) -> Sequence[int]:
    with _LOCK:
        if key not in _addresses:
            code = _read(name, key)
            if code is None:
                module = compile_now()
                code = _optimised(name, module, entries)
                _write(name, key, code)
            engine = _engine()
            engine.add_object_file(llvm.ObjectFileRef.from_data(code))
            engine.finalize_object()
            _addresses[key] = tuple(engine.get_function_address(entry) for entry in entries)
        return _addresses[key]


def _optimised(name: str, module: Any, entries: Sequence[str]) -> bytes:  # noqa: ANN401 - llvmlite has no types
    """Machine code, with everything but ``entries`` private and melted into them: no calls are left inside."""
    for function in module.functions:
        if not function.is_declaration and function.name not in entries:
            function.linkage = "internal"
    machine = _target_machine()
    builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=3))
    builder.getModulePassManager().run(module, builder)
    # What raises exceptions or makes objects would need numba's runtime whenever it is loaded.
    for function in module.functions:
        if function.is_declaration and not function.name.startswith("llvm.") and function.name not in _LIBRARY:
            raise UserError(f"{name} can raise an exception or makes objects, which a step may not do: {function.name}")
    return bytes(machine.emit_object(module))


def _module_of(native_name: str, text: str, entry: str) -> Any:  # noqa: ANN401 - llvmlite has no types
    """The module with its entry renamed: numba's names are only unique within a process."""
    inner = native_name.removeprefix("cfunc.")
    text = text.replace(native_name, entry).replace(inner, f"{entry}_body").replace(" noinline ", " alwaysinline ")
    return llvm.parse_assembly(text)


def _compile_step(step: Step, entry: str, sweep_entry: str) -> Any:  # noqa: ANN401 - llvmlite has no types
    from numba import cfunc
    from numba.core.errors import NumbaError

    from bot.indicators.kernel import STEP_SIGNATURE, STEP_SYMBOL, compile_kernel

    _make_compilable(step.__wrapped__)
    try:
        made = cfunc(STEP_SIGNATURE, error_model="numpy")(step.__wrapped__)
    except NumbaError as error:
        raise UserError(f"{step.name} can not be compiled: {error}") from error
    module = _module_of(made.native_name, made.inspect_llvm(), entry)
    name, text = compile_kernel("sweep")
    module.link_in(_module_of(name, text.replace(STEP_SYMBOL, entry), sweep_entry))
    return module


def _compile_kernel(name: str, entry: str) -> Any:  # noqa: ANN401 - llvmlite has no types
    from bot.indicators.kernel import compile_kernel

    return _module_of(*compile_kernel(name), entry)


_compilable: set[FunctionType] = set()


def _make_compilable(function: FunctionType) -> None:
    """Let numba follow calls from ``function`` into the functions that it uses."""
    from numba.extending import register_jitable

    for used in functions_used(function).values():
        if used not in _compilable:
            _compilable.add(used)
            register_jitable(error_model="numpy")(used)
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
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(sha256(code).digest() + code)
                Path(temporary).replace(folder / f"{name}-{key}.o")
            finally:
                Path(temporary).unlink(missing_ok=True)  # still there on a full disk, say
            _forget_old(folder, name)
            return


def _forget_old(folder: Path, name: str) -> None:
    with suppress(OSError):  # another process may be tidying up as well
        found = sorted(folder.glob(f"{name}-*.o"), key=lambda file: file.stat().st_mtime)
        for file in found[:-_KEPT_PER_NAME]:
            file.unlink(missing_ok=True)
