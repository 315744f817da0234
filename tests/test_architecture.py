"""docs/architecture.md is true: its message catalogue is complete and its file names exist."""

import re
from pathlib import Path

import pytest

from bot.domain.routes import ROUTES, Reach, Route

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs/architecture.md").read_text("utf-8")


def receiver(route: Route) -> str:
    match route.reach:
        case Reach.SHARED:
            return f"{route.role}"
        case Reach.SAME_SYMBOL:
            return f"{route.role}/SYMBOL"
        case Reach.EVERY_SYMBOL:
            return f"{route.role}/*"
        case Reach.WORKER:
            return f"{route.role}/N"
        case Reach.ADDRESSED:
            return "whom it names"


def catalogue() -> dict[str, str]:
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \| [^|]+ \|$", TEXT, re.MULTILINE)
    assert len(rows) == len(dict(rows))
    return dict(rows)


def test_the_catalogue_lists_every_message_and_its_receivers() -> None:
    routed = {kind.__name__: ", ".join(receiver(route) for route in routes) for kind, routes in ROUTES.items()}
    assert catalogue() == routed


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`((?:bot|actors|scripts|docs|tests)/[\w./]*)`", TEXT))))
def test_files_that_are_named_exist(name: str) -> None:
    assert (ROOT / name).exists()
