"""What a running bot can take over of another configuration."""

import pytest

from bot.config.models import Config
from bot.config.revision import change_between, is_hot


def configured(**sections: object) -> Config:
    return Config.model_validate(sections)


def test_the_same_configuration_is_no_change() -> None:
    assert change_between(Config(), Config()) == ({}, [])


def test_hot_keys_change_and_are_named_with_their_values() -> None:
    wanted = configured(risk={"risk_per_trade": "0.001", "limits": {"total_exposure_max": "2"}}, entry={"kind": "twap"})
    change = change_between(Config(), wanted)
    assert change.keys == {"risk.risk_per_trade": "0.001", "risk.limits.total_exposure_max": "2", "entry.kind": "twap"}
    assert not change.cold


@pytest.mark.parametrize(
    ("sections", "cold"),
    [
        ({"risk": {"leverage": 3}}, "risk.leverage"),
        ({"interval": "5"}, "interval"),
        ({"symbols": ["BTCUSDT"]}, "symbols"),
        ({"strategy": {"name": "supertrend"}}, "strategy.name"),
        ({"risk": {"sizing": {"kind": "volatility_target"}}}, "risk.sizing.kind"),
        ({"risk": {"guards": {"daily_loss": {"fraction": "0.05"}}}}, "risk.guards.daily_loss.fraction"),
        ({"alerts": {"urls": ["json://127.0.0.1/a"]}}, "alerts.urls"),
        ({"execution": {"transport": "websocket"}}, "execution.transport"),
    ],
)
def test_everything_else_needs_a_restart(sections: dict[str, object], cold: str) -> None:
    assert cold in change_between(Config(), configured(**sections)).cold


def test_another_secret_is_a_change_though_both_are_hidden() -> None:
    one, other = (configured(alerts={"urls": [f"json://127.0.0.1/{name}"]}) for name in ("a", "b"))
    assert change_between(one, other).cold == ["alerts.urls"]
    assert "127" not in str(change_between(one, other))


def test_exits_that_need_the_atr_can_not_come_while_it_is_not_read() -> None:
    by_atr = configured(exits={"break_even": {"after": {"atr": 1}}})
    assert change_between(Config(), by_atr).cold
    assert not change_between(Config(), configured(exits={"break_even": {"after": {"risk": 1}}})).cold
    longer = configured(exits={"break_even": {"after": {"atr": 2}}})
    assert not change_between(by_atr, longer).cold


def test_the_guard_of_the_spread_can_not_come_while_no_ticker_is_read() -> None:
    guarded = configured(risk={"guards": {"spread_max": "0.001"}})
    assert change_between(Config(), guarded).cold == ["risk.guards.spread_max"]
    assert not change_between(guarded, configured(risk={"guards": {"spread_max": "0.002"}})).cold
    assert not change_between(guarded, Config()).cold


def test_a_key_is_hot_with_all_below_it() -> None:
    assert is_hot("entry.expiry_s")
    assert not is_hot("entrys")
    assert not is_hot("risk.limits.correlation.bars")


def test_a_section_that_comes_is_told_by_its_keys_as_json() -> None:
    change = change_between(Config(), configured(risk={"guards": {"cooldown": {"minutes": 5}}}))
    assert change.keys["risk.guards.cooldown.minutes"] == "5"
    assert change.keys["risk.guards.cooldown.only_after_losses"] == "false"
    assert "risk.guards.cooldown" not in change.keys
