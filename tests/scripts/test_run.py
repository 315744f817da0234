"""scripts/run starts this bot, wherever the user stands."""

import sys

from tests.scripts.conftest import ROOT, Checkout


def test_a_package_named_bot_where_the_user_stands_is_left_alone(checkout: Checkout) -> None:
    checkout.add_python("python3.12", "3.12")
    assert checkout.run("scripts/setup").returncode == 0
    theirs = checkout.home / "bot"
    theirs.mkdir()
    (theirs / "__init__.py").touch()
    (theirs / "__main__.py").write_text("print('theirs')", encoding="utf-8")
    python = checkout.root / ".venv" / "bin" / "python"
    python.write_text(f'#!/usr/bin/env bash\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    (checkout.root / "scripts" / "setup").write_text("#!/usr/bin/env bash\n", encoding="utf-8")  # it has been done
    said = checkout.run("scripts/run", "--help", PYTHONPATH=str(ROOT))
    assert said.returncode == 0, said.stderr
    assert "Usage: python -m bot" in said.stdout
