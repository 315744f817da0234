"""How the traded symbols are chosen: the section of the configuration."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.config.load import load_config
from tests.config.conftest import Load, Problems

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("universe", "path", "value", "message"),
    [
        ({"kind": "rule"}, "universe.kind", '"rule"', 'did you mean "rules"?'),
        ({"top": 0}, "universe.top", "0", "must be at least 1"),
        ({"top": 201}, "universe.top", "201", "must be at most 200"),
        ({"by": "volume"}, "universe.by", '"volume"', "must be one of"),
        ({"age_days_min": -1}, "universe.age_days_min", "-1", "must be at least 0"),
        ({"spread_fraction_max": "0"}, "universe.spread_fraction_max", '"0"', "must be above 0 and at most 1"),
        ({"price_min": "cheap"}, "universe.price_min", '"cheap"', "must be a number"),
        ({"price_min": 2, "price_max": "1.5"}, "universe.price_max", '"1.5"', "must be above price_min"),
        (
            {"volatility_24h_min": "0.3", "volatility_24h_max": "0.3"},
            "universe.volatility_24h_max", '"0.3"', "must be above volatility_24h_min",
        ),
        ({"include": ["btc"]}, "universe.include[0]", '"btc"', "must match"),
        ({"exclude": "BTC*"}, "universe.exclude", '"BTC*"', "must be a list"),
        ({"refresh_minutes": 0.5}, "universe.refresh_minutes", "0.5", "must be a whole number"),
        ({"refresh": 5}, "universe.refresh", "5", 'did you mean "refresh_minutes"?'),
    ],
)  # fmt: skip
def test_one_mistake(problems: Problems, universe: dict[str, Any], path: str, value: str, message: str) -> None:
    found = problems({"universe": universe})
    assert list(found) == [path]
    assert found[path].value == value
    assert message in found[path].message


def test_a_list_of_symbols_may_be_empty_only_where_rules_choose(load: Load, problems: Problems) -> None:
    rules = {"kind": "rules"}
    assert load({"symbols": [], "universe": rules}).fixed_symbols == ()
    assert "at least 1 item" in problems({"symbols": []})["symbols"].message
    both = problems({"symbols": [], "universe": {"kind": "fixed", "top": 0}})
    assert list(both) == ["universe.top"]


def test_a_symbol_that_rules_chose_has_the_settings_of_the_bot_or_its_own() -> None:
    chosen = 'symbols=[{"symbol":"BTCUSDT","interval":"5","risk":{"leverage":2}}]'
    config = load_config(ROOT / "config.json", ["universe.kind=rules", chosen], {}, None)
    own, common = (config.for_symbol(symbol) for symbol in ("BTCUSDT", "LTCUSDT"))  # type: ignore[arg-type]
    assert (own.interval, own.risk.leverage) == ("5", Decimal(2))
    assert (common.interval, common.risk.leverage) == ("1", Decimal(5))


def test_a_fixed_list_is_the_default_and_knows_no_other_symbol(load: Load) -> None:
    config = load({"symbols": ["BTCUSDT"]})
    assert config.fixed_symbols == ("BTCUSDT",)
    with pytest.raises(KeyError):
        config.for_symbol("LTCUSDT")  # type: ignore[arg-type]
