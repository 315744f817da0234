"""Where settings come from and which of them counts."""

from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.config.errors import ConfigError
from bot.config.load import load_config
from bot.config.models import Config
from bot.config.secrets import Secret
from bot.config.simulator import CandlesFeed, SyntheticFeed
from bot.domain.values import Symbol
from bot.venue.simulator_settings import paper_settings
from tests.config.conftest import Load

BTC, ETH = Symbol("BTCUSDT"), Symbol("ETHUSDT")


def test_every_key_has_a_default(load: Load) -> None:
    assert load("{}") == Config()


def test_override_counts_over_environment_over_dotenv_over_file(load: Load) -> None:
    file = {"risk": {"leverage": 2}}
    dotenv = "BOT__RISK__LEVERAGE=3\n"
    environ = {"BOT__RISK__LEVERAGE": "4"}
    assert load(file).risk.leverage == 2
    assert load(file, dotenv=dotenv).risk.leverage == 3
    assert load(file, dotenv=dotenv, environ=environ).risk.leverage == 4
    assert load(file, ["risk.leverage=5", "risk.leverage=6"], environ, dotenv).risk.leverage == 6


def test_variables_are_read_in_any_case_and_as_json_where_they_are_json(load: Load) -> None:
    config = load(
        environ={
            "bot__Console__REFRESH_ms": "250",
            "BOT__ALERTS__CONSOLE": "false",
            "BOT__SYMBOLS": '["BTCUSDT", {"symbol": "ETHUSDT", "interval": 5}]',
            "BOT__INTERVAL": "15",
            "BOT__EXECUTION__ORDER_PREFIX": "7",
            "BOT__SIMULATOR__FEED__START": "2026-02-01",
            "BOT__RISK": '{"risk_per_trade": 0.01, "leverage": 2}',
            "BOT__RISK__LEVERAGE": "3",
            "BOTANY": "is not ours",
        }
    )
    assert config.console.refresh_ms == 250
    assert not config.alerts.console
    assert config.symbol_names == ("BTCUSDT", "ETHUSDT")
    assert config.interval == "15"
    assert config.execution.order_prefix == "7"
    assert isinstance(config.simulator.feed, SyntheticFeed)
    assert config.simulator.feed.start_ms == 1_769_904_000_000
    assert config.risk.risk_per_trade == Decimal("0.01")
    assert config.risk.leverage == 3


def test_decimals_keep_every_digit_of_the_file(load: Load) -> None:
    config = load('{"simulator": {"taker_fee_rate": 0.0005500000000000000000000000001}}')
    assert config.simulator.taker_fee_rate == Decimal("0.0005500000000000000000000000001")


def test_a_symbol_changes_only_what_it_names(load: Load) -> None:
    config = load(
        {
            "symbols": [
                "BTCUSDT",
                {
                    "symbol": "ETHUSDT",
                    "interval": "5",
                    "strategy": {"params": {"slow_period": 50}},
                    "risk": {"leverage": "2"},
                },
            ],
            "strategy": {"name": "ema_cross", "params": {"fast_period": 9, "slow_period": 21}},
        }
    )
    btc, eth = config.for_symbol(BTC), config.for_symbol(ETH)
    assert (btc.interval, btc.risk, btc.strategy) == ("1", config.risk, config.strategy)
    assert eth.interval == "5"
    assert eth.strategy.params.plain() == {"fast_period": 9, "slow_period": 50}
    assert eth.risk.leverage == 2
    assert eth.risk.risk_per_trade == config.risk.risk_per_trade
    with pytest.raises(KeyError):
        config.for_symbol(Symbol("SOLUSDT"))


def test_another_strategy_does_not_inherit_parameters(load: Load) -> None:
    file = {
        "symbols": ["BTCUSDT", {"symbol": "ETHUSDT", "strategy": {"name": "breakout"}}],
        "strategy": {"params": {"fast_period": 9}},
    }
    assert load(file).for_symbol(ETH).strategy.params.plain() == {}
    assert load(file, ["strategy.name=breakout"]).strategy.params.plain() == {}
    assert load(file, ["strategy.name=ema_cross"]).strategy.params.plain() == {"fast_period": 9}


def test_another_kind_of_feed_does_not_inherit_keys(load: Load, tmp_path: Path) -> None:
    file = {"simulator": {"feed": {"kind": "synthetic", "seed": 3}}}
    feed = load(file, ["simulator.feed.kind=candles", "simulator.feed.folder=candles"]).simulator.feed
    assert feed == CandlesFeed(kind="candles", folder="candles")
    assert (
        load(file, ["simulator.feed.start=2026-03-01"]).simulator.feed
        == load({"simulator": {"feed": {"seed": 3, "start": "2026-03-01T01:00:00+01:00"}}}).simulator.feed
    )
    named_by_the_file = load({"simulator": {"feed": {"kind": "candles", "folder": "data"}}}).simulator.feed
    assert named_by_the_file == CandlesFeed(kind="candles", folder=str(tmp_path / "data"))


def test_paper_needs_no_keys_and_shows_mainnet(load: Load) -> None:
    config = load({"venue": {"kind": "paper"}})
    assert config.credentials is None
    assert not config.venue.needs_keys
    settings = paper_settings(config)
    assert (settings.feed, settings.speed) == ("mirror", 1.0)
    assert (settings.upstream.rest, settings.upstream.ws) == ("https://api.bybit.com", "wss://stream.bybit.com")
    settings.check()


def test_a_configuration_cannot_be_changed(load: Load) -> None:
    config = load({"strategy": {"params": {"levels": [1, {"a": 2}]}}})
    with pytest.raises(ValidationError):
        config.risk.leverage = Decimal(9)
    with pytest.raises(TypeError):
        config.strategy.params["levels"][1]["a"] = 3
    assert config.strategy.params["levels"] == (1, {"a": 2})


def test_a_configuration_survives_json(load: Load) -> None:
    config = load({"symbols": ["BTCUSDT", {"symbol": "ETHUSDT", "strategy": {"params": {"a": [1.5]}}}]})
    assert load(config.model_dump_json(by_alias=True)) == config


def test_keys_come_from_the_environment_or_dotenv(load: Load) -> None:
    assert load().credentials is None
    config = load(
        {"venue": {"kind": "demo"}}, dotenv="BYBIT_API_KEY=from-dotenv\nBYBIT_API_SECRET='in-quotes'\n",
        environ={"BYBIT_API_SECRET": "from-environment"},
    )  # fmt: skip
    assert config.credentials is not None
    assert config.credentials.api_key == Secret("from-dotenv")
    assert config.credentials.api_secret.reveal() == "from-environment"


def test_alert_urls_come_from_the_environment(load: Load) -> None:
    file = {"alerts": {"urls": ["json://from.file"]}}
    environ = {"BOT_ALERT_URLS": "mailto://u:p@host?to=a@b.c,d@e.f , tgram://token/1,"}
    urls = [url.reveal() for url in load(file, environ=environ).alerts.urls]
    assert urls == ["mailto://u:p@host?to=a@b.c,d@e.f", "tgram://token/1"]
    assert len(load(file, environ={"BOT_ALERT_URLS": ""}).alerts.urls) == 1


def test_a_missing_file_is_told_with_what_is_wrong_elsewhere(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(tmp_path / "none.json", ["nonsense"])
    missing, option = caught.value.problems
    assert missing.source == str(tmp_path / "none.json")
    assert "no such file" in missing.message
    assert option.source == "--set nonsense"
