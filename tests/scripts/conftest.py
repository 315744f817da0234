"""A copy of the scripts in a folder of its own, with a PATH on which nothing but our fakes and a few tools is found."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

_TOOLS = ("bash", "env", "cat", "chmod", "dirname", "find", "flock", "mkdir", "mv", "readlink", "rm")

# Stands for a Python: tells the version it was made with, and makes "environments" whose interpreter is again this
# script. pip only writes down what it was asked to install, and ends as the file pip-ends-with says.
_FAKE_PYTHON = """#!/usr/bin/env bash
version={version}
log={log}
case "$*" in
    *"import ensurepip, venv"*)
        [[ $version == 3.12 || $version == 3.13 ]] && echo "$version" || exit 1 ;;
    "-m venv "*)
        echo "venv $version" >>"$log"
        [[ ! -e {home}/venv-fails ]] || {{ echo "no room left" >&2; exit 1; }}
        mkdir -p "${{@: -1}}/bin" && cat "$0" >"${{@: -1}}/bin/python" && chmod +x "${{@: -1}}/bin/python" ;;
    *"-m pip --version") ;;
    *"-m pip install "*)
        echo "pip ${{@: -1}}" >>"$log"
        if [[ -e {home}/ctrl-c ]]; then trap "" INT; kill -INT 0; exit 1; fi  # as pip does: it exits with 1
        [[ ! -e {home}/pip-ends-with ]] || exit "$(<{home}/pip-ends-with)" ;;
    *hashlib*)
        echo "hash" >>"$log"
        exec "{real}" "$@" ;;
    *)
        printf '<%s>' "$@"; echo ;;
esac
"""


@dataclass(frozen=True)
class Checkout:
    """A checkout whose folder has a blank in its name."""

    root: Path
    bin: Path
    home: Path

    @property
    def log(self) -> Path:
        return self.home / "log"

    def add_python(self, name: str, version: str) -> Path:
        path = self.bin / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            _FAKE_PYTHON.format(version=version, log=self.log, home=self.home, real=sys.executable), encoding="utf-8"
        )
        path.chmod(0o755)
        return path

    def run(self, script: str, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.root / script, *arguments],
            cwd=self.home,
            env={"PATH": str(self.bin), "HOME": str(self.home), **environ},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
            start_new_session=True,  # so that a Ctrl-C of the fakes stays among them
        )

    def done(self) -> list[str]:
        """What was asked of the fakes since the last call, without the fingerprints."""
        lines = self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return [line for line in lines if line != "hash"]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    root = tmp_path / "a checkout"
    for folder in ("scripts", ".ci"):
        (root / folder).mkdir(parents=True)
    for name in (
        "scripts/setup",
        "scripts/run",
        "scripts/test",
        "scripts/check",
        ".ci/run",
        "setup.cfg",
        "pyproject.toml",
    ):
        shutil.copy2(ROOT / name, root / name)
    made = Checkout(root, tmp_path / "bin", tmp_path / "home")
    made.bin.mkdir()
    made.home.mkdir()
    for tool in _TOOLS:
        found = shutil.which(tool)
        if found is not None:
            (made.bin / tool).symlink_to(found)
    return made
