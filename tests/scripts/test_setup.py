"""scripts/setup finds a Python, installs once, and repairs what was left half-done."""

import subprocess

import pytest

from tests.scripts.conftest import ROOT, Checkout


def test_it_installs_once(checkout: Checkout) -> None:
    checkout.add_python("python3.12", "3.12")
    first = checkout.run("scripts/setup")
    assert first.returncode == 0, first.stderr
    assert checkout.done() == ["venv 3.12", "pip ."]
    second = checkout.run("scripts/setup")
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    assert checkout.done() == []


def test_development_tools_come_with_the_first_test_and_stay(checkout: Checkout) -> None:
    checkout.add_python("python3.12", "3.12")
    checkout.run("scripts/setup")
    checkout.done()
    assert checkout.run("scripts/setup", "--dev").returncode == 0
    assert checkout.done() == ["pip .[dev]"]
    checkout.run("scripts/setup")
    checkout.run("scripts/setup", "--dev")
    assert checkout.done() == []
    with (checkout.root / "setup.cfg").open("a", encoding="utf-8") as settings:
        settings.write("# changed\n")
    checkout.run("scripts/setup")
    assert checkout.done() == ["pip .[dev]"]


@pytest.mark.parametrize(
    ("pythons", "chosen"),
    [
        ({"python3.12": "3.12", "python3.13": "3.13"}, "3.12"),
        ({"python3.13": "3.13", "python3": "3.12"}, "3.13"),
        ({"python3": "3.9", "python": "3.12"}, "3.12"),
        ({"python3.12": "shim", "python3.13": "3.13"}, "3.13"),
        ({"python3": "3.11", "../home/.pyenv/versions/3.12.9/bin/python3": "3.12"}, "3.12"),
        ({"python3": "3.14", "../home/.local/share/uv/python/cpython-3.13.1-x/bin/python3": "3.13"}, "3.13"),
    ],
)
def test_it_tries_every_python_until_one_is_right(checkout: Checkout, pythons: dict[str, str], chosen: str) -> None:
    for name, version in pythons.items():
        checkout.add_python(name, version)
    assert checkout.run("scripts/setup").returncode == 0
    assert checkout.done() == [f"venv {chosen}", "pip ."]


def test_the_user_may_choose(checkout: Checkout) -> None:
    checkout.add_python("python3.12", "3.12")
    mine = checkout.add_python("../mine/python", "3.13")
    assert checkout.run("scripts/setup", PYTHON=str(mine)).returncode == 0
    assert checkout.done() == ["venv 3.13", "pip ."]


def test_a_wrong_choice_is_told_rather_than_ignored(checkout: Checkout) -> None:
    checkout.add_python("python3.12", "3.12")
    old = checkout.add_python("../mine/python", "3.11")
    said = checkout.run("scripts/setup", PYTHON=str(old))
    assert said.returncode == 2
    assert said.stderr == f"setup: PYTHON={old} is no working Python 3.12 or 3.13 with venv and ensurepip\n"


def test_without_a_python_it_says_what_is_needed(checkout: Checkout) -> None:
    checkout.add_python("python3", "3.11")
    for script in ("scripts/setup", "scripts/run", "scripts/test", "scripts/check", ".ci/run"):
        said = checkout.run(script)
        assert said.returncode == 2
        assert said.stderr.startswith("setup: no Python 3.12 or 3.13 was found")
        assert len(said.stderr.splitlines()) == 1


def test_an_environment_that_cannot_be_made_is_told(checkout: Checkout) -> None:
    checkout.add_python("python3.12", "3.12")
    (checkout.home / "venv-fails").touch()
    said = checkout.run("scripts/setup")
    assert said.returncode == 2
    assert said.stderr.endswith("setup: no environment could be created in .venv: no room left\n")
    (checkout.home / "venv-fails").unlink()
    assert checkout.run("scripts/setup").returncode == 0


@pytest.mark.parametrize(("cause", "text", "code"), [("pip-ends-with", "137", 2), ("ctrl-c", "", 130)])
def test_after_an_interruption_it_begins_afresh(checkout: Checkout, cause: str, text: str, code: int) -> None:
    checkout.add_python("python3.12", "3.12")
    (checkout.home / cause).write_text(text, encoding="utf-8")
    assert checkout.run("scripts/setup").returncode == code
    leftover = checkout.root / ".venv" / "half a package"
    leftover.touch()
    (checkout.home / cause).unlink()
    checkout.done()
    assert checkout.run("scripts/setup").returncode == 0
    assert checkout.done() == ["venv 3.12", "pip ."]
    assert not leftover.exists()
    assert checkout.run("scripts/setup").stderr == ""


def test_after_a_failure_of_pip_it_tries_again_in_place(checkout: Checkout) -> None:
    checkout.add_python("python3.12", "3.12")
    (checkout.home / "pip-ends-with").write_text("1", encoding="utf-8")
    said = checkout.run("scripts/run")
    assert said.returncode == 2
    assert "the installation failed (pip ended with code 1" in said.stderr
    assert said.stdout == ""
    (checkout.home / "pip-ends-with").unlink()
    checkout.done()
    assert checkout.run("scripts/setup").returncode == 0
    assert checkout.done() == ["pip ."]


@pytest.mark.parametrize("broken", ["python-gone", "python-old"])
def test_an_environment_whose_python_is_gone_is_made_again(checkout: Checkout, broken: str) -> None:
    checkout.add_python("python3.12", "3.12")
    checkout.run("scripts/setup")
    checkout.done()
    if broken == "python-gone":
        (checkout.root / ".venv/bin/python").unlink()
    else:
        checkout.add_python(str(checkout.root / ".venv/bin/python"), "3.11")
        (checkout.root / ".venv/.pyrmethus-installed").unlink()
    assert checkout.run("scripts/setup").returncode == 0
    assert checkout.done() == ["venv 3.12", "pip ."]


def test_an_environment_made_by_hand_is_kept(checkout: Checkout) -> None:
    checkout.add_python(str(checkout.root / ".venv/bin/python"), "3.13")
    mine = checkout.root / ".venv" / "mine"
    mine.touch()
    assert checkout.run("scripts/setup").returncode == 0
    assert checkout.done() == ["pip ."]
    assert mine.exists()


def test_a_checkout_that_was_moved_is_installed_again(checkout: Checkout) -> None:
    checkout.add_python("python3.12", "3.12")
    checkout.run("scripts/setup")
    checkout.done()
    moved = Checkout(checkout.root.rename(checkout.root.with_name("elsewhere")), checkout.bin, checkout.home)
    assert moved.run("scripts/setup").returncode == 0
    assert moved.done() == ["pip ."]


def test_two_at_once_install_once(checkout: Checkout) -> None:
    if not (checkout.bin / "flock").exists():
        pytest.skip("no flock here")
    checkout.add_python("python3.12", "3.12")
    setup = [checkout.root / "scripts/setup"]
    environ = {"PATH": str(checkout.bin), "HOME": str(checkout.home)}
    started = [subprocess.Popen(setup, env=environ, stderr=subprocess.DEVNULL) for _ in range(4)]
    assert [process.wait(timeout=30) for process in started] == [0, 0, 0, 0]
    assert checkout.done() == ["venv 3.12", "pip ."]


def test_run_passes_arguments_on_behind_its_own(checkout: Checkout) -> None:
    checkout.add_python("python3.12", "3.12")
    said = checkout.run("scripts/run", "--for", "90s", "--set", "a=b c")
    root = checkout.root
    assert said.stdout == (
        f"<-m><bot><--config><{root}/config.json><--state-dir><{root}/state><--for><90s><--set><a=b c>\n"
    )


def test_test_passes_arguments_to_pytest(checkout: Checkout) -> None:
    checkout.add_python("python3.12", "3.12")
    assert checkout.run("scripts/test", "-k", "two words").stdout == "<-m><pytest><-k><two words>\n"
    assert checkout.done() == ["venv 3.12", "pip .[dev]"]


def test_check_runs_everything_and_fails_at_the_end(checkout: Checkout) -> None:
    checkout.add_python("python3.12", "3.12")
    said = checkout.run("scripts/check")
    asked = [line for line in said.stdout.splitlines() if line.startswith("<")]
    assert asked == ["<-m><ruff><check><.>", "<-m><ruff><format><--check><.>", "<-m><mypy>"]
    assert said.returncode == 1
    assert said.stderr.endswith("failed: import-linter\n")  # the fake environment has no lint-imports


def test_an_unknown_argument_is_refused(checkout: Checkout) -> None:
    said = checkout.run("scripts/setup", "--develop")
    assert (said.returncode, said.stderr) == (2, "scripts/setup: unknown argument --develop (only --dev is known)\n")


def test_the_scripts_are_executable() -> None:
    for name in ("scripts/setup", "scripts/run", "scripts/test", "scripts/check", ".ci/run"):
        assert (ROOT / name).stat().st_mode & 0o111 == 0o111, name
