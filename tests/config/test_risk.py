"""Limits that contradict each other are refused at load, with the key that is wrong and both numbers."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.config.guards import DailyLossConfig, DrawdownConfig, GuardsConfig
from bot.config.risk import CorrelationConfig, LimitsConfig, RiskConfig, SizingConfig
from tests.config.conftest import Load, Problems

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize(
    ("risk", "path", "value", "message"),
    [
        (
            {"risk_per_trade": "0.02", "limits": {"open_risk_max": "0.01"}},
            "risk.risk_per_trade", '"0.02"', "is 0.02, above risk.limits.open_risk_max, which is 0.01",
        ),
        (
            {"risk_per_trade": "0.06", "guards": {"daily_loss": {"fraction": "0.05"}}},
            "risk.risk_per_trade", '"0.06"', "above risk.guards.daily_loss.fraction, which is 0.05",
        ),
        (
            {"risk_per_trade": "0.06", "guards": {"drawdown": {"flatten": "0.05"}}},
            "risk.risk_per_trade", '"0.06"', "above risk.guards.drawdown, which is 0.05",
        ),
        (
            {"limits": {"symbol_exposure_max": 3, "total_exposure_max": 2}},
            "risk.limits.symbol_exposure_max", "3", "is 3, above limits.total_exposure_max, which is 2",
        ),
        (
            {"limits": {"symbol_exposure_quote_max": 300, "total_exposure_quote_max": 200}},
            "risk.limits.symbol_exposure_quote_max", "300", "above limits.total_exposure_quote_max, which is 200",
        ),
        (
            {"sizing": {"kind": "fixed_amount", "amount_quote": 500}, "limits": {"symbol_exposure_quote_max": 300}},
            "risk.sizing.amount_quote", "500", "above limits.symbol_exposure_quote_max, which is 300",
        ),
        ({"sizing": {"kind": "fixed_amount"}}, "risk.sizing.kind", '"fixed_amount"', "needs amount_quote"),
        (
            {"leverage": 10, "limits": {"leverage_max": 5}},
            "risk.leverage", "10", "is 10, above risk.limits.leverage_max, which is 5",
        ),
        (
            {"max_open_positions": 2, "limits": {"correlation": {"positions_max": 3}}},
            "risk.limits.correlation.positions_max", "3", "is 3, above max_open_positions, which is 2",
        ),
        ({"limits": {"correlation": {}}}, "risk.limits.correlation", "{}", "must set positions_max or exposure_max"),
        (
            {"guards": {"drawdown": {"warn": "0.2", "flatten": "0.1"}}},
            "risk.guards.drawdown.flatten", '"0.1"', "is 0.1, not above warn, which is 0.2",
        ),
        (
            {"guards": {"drawdown": {"warn": "0.1", "stop_entries": "0.1"}}},
            "risk.guards.drawdown.stop_entries", '"0.1"', "is 0.1, not above warn, which is 0.1",
        ),
        (
            {"guards": {"daily_loss": {"fraction": "0.05", "reset_utc": "24:00"}}},
            "risk.guards.daily_loss.reset_utc", '"24:00"', "must be a time of the day in UTC",
        ),
        (
            {"guards": {"windows": {"allow": ["* * * * *", "* 25 * * *"]}}},
            "risk.guards.windows.allow[1]", '"* 25 * * *"', '"25" is no hour (0 to 23)',
        ),
        (
            {"guards": {"windows": {"news": [{"since": "2026-01-02", "until": "2026-01-01"}]}}},
            "risk.guards.windows.news[0].until", '"2026-01-01"', "must be after since",
        ),
        ({"guards": {"cooldown": {}}}, "risk.guards.cooldown.minutes", None, "is required"),
        ({"sizing": {"kind": "kely"}}, "risk.sizing.kind", '"kely"', 'did you mean "kelly"?'),
    ],
)  # fmt: skip
def test_what_contradicts_is_refused_with_its_key(
    problems: Problems, risk: dict[str, Any], path: str, value: str | None, message: str
) -> None:
    (problem,) = problems({"risk": risk}).values()
    assert (problem.path, problem.value) == (path, value)
    assert message in problem.message


@pytest.mark.parametrize(
    ("own", "key", "message"),
    [
        ({"risk_per_trade": "0.03"}, "risk_per_trade", "is 0.03, above risk.limits.open_risk_max, which is 0.02"),
        ({"leverage": 9}, "leverage", "is 9, above risk.limits.leverage_max, which is 5"),
    ],
)
def test_what_one_symbol_sets_for_itself_must_keep_the_limits_too(
    problems: Problems, own: dict[str, Any], key: str, message: str
) -> None:
    symbols = ["BTCUSDT", {"symbol": "ETHUSDT", "risk": own}]
    limits = {"open_risk_max": "0.02", "leverage_max": 5}
    (problem,) = problems({"symbols": symbols, "risk": {"limits": limits}}).values()
    assert problem.path == f"symbols[1].risk.{key}"
    assert message in problem.message


def test_by_default_no_limit_and_no_guard_is_on() -> None:
    risk = RiskConfig()
    assert risk.sizing == SizingConfig(kind="fixed_risk")
    warnings = {"margin_rate_warning", "liquidation_distance_warning"}
    assert LimitsConfig().model_dump(exclude=warnings) == dict.fromkeys(LimitsConfig.model_fields.keys() - warnings)
    assert risk.limits.margin_rate_warning == Decimal("0.5")
    assert risk.guards.model_dump(exclude={"drawdown", "windows"}) == dict.fromkeys(
        risk.guards.model_dump().keys() - {"drawdown", "windows"}
    )
    assert not any(risk.guards.drawdown.model_dump().values())
    assert not any(risk.guards.windows.model_dump().values())


def test_the_example_of_the_documentation_is_valid_and_every_key_is_in_it(load: Load) -> None:
    text = (ROOT / "docs/risk.md").read_text("utf-8")
    example = re.search(r"```json\n(.*?)```", text, re.DOTALL)
    assert example is not None
    config = load(f"{{{example[1]}}}")
    assert config.risk.guards.windows.news[0].why == "FOMC"
    sections = (
        RiskConfig,
        SizingConfig,
        LimitsConfig,
        CorrelationConfig,
        GuardsConfig,
        DailyLossConfig,
        DrawdownConfig,
    )
    keys = {key for section in sections for key in section.model_fields} - {"fallback_stop_fraction"}
    assert not [key for key in sorted(keys) if key not in text]
