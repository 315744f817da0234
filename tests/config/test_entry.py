"""The section entry: what contradicts itself is told, and what the guide shows can be configured."""

import json
import re
from decimal import Decimal
from pathlib import Path

import pytest

from bot.config.errors import ConfigError
from bot.config.load import load_config
from bot.config.models import Config
from bot.core.entry_policy import entry_policy
from bot.domain.values import Symbol
from bot.orders.algorithms.policy import EntryKind, EntryPolicy, Then

ROOT = Path(__file__).parents[2]
BTC, ETH = Symbol("BTCUSDT"), Symbol("ETHUSDT")


def loaded(*overrides: str) -> Config:
    return load_config(ROOT / "config.json", overrides, {}, None)


def test_by_default_an_entry_is_a_market_order_without_a_bound() -> None:
    assert entry_policy(loaded().for_symbol(BTC).entry) == EntryPolicy()


def test_a_symbol_changes_single_keys_and_keeps_the_others() -> None:
    config = loaded(
        'entry={"kind":"limit","then":"convert","slippage_fraction":0.001,"expiry_s":90}',
        'symbols=["BTCUSDT",{"symbol":"ETHUSDT","entry":{"expiry_s":30}}]',
    )
    policy = entry_policy(config.for_symbol(ETH).entry)
    assert (policy.kind, policy.then, policy.expiry_ms) == (EntryKind.LIMIT, Then.CONVERT, 30_000)
    assert policy.slippage_fraction == Decimal("0.001")
    assert entry_policy(config.for_symbol(BTC).entry).expiry_ms == 90_000


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ('entry={"kind":"iceburg"}', 'did you mean "iceberg"?'),
        (
            'entry={"layers_first_fraction":0.01,"layers_last_fraction":0.005}',
            "must be above layers_first_fraction 0.01",
        ),
        ('entry={"twap_slices":100,"twap_duration_s":60}', "more than one in a second"),
        ('entry={"trigger_fraction":0}', "must not be 0"),
        ('entry={"slippage_fraction":0.5}', "at most 0.1"),
        ('entry={"offset_fraction":-0.1}', "must be at least 0"),
        ('entry={"show_fraction":0}', "must be above 0"),
        ('entry={"expiry_s":0}', "must be at least 1"),
        ('symbols=[{"symbol":"BTCUSDT","entry":{"layers_last_fraction":0.0001}}]', "symbols[0].entry"),
    ],
)
def test_what_can_not_be_meant_is_told(override: str, told: str) -> None:
    with pytest.raises(ConfigError) as error:
        loaded(override)
    assert told in str(error.value)


def test_a_symbol_may_be_consistent_with_itself_only() -> None:
    config = loaded(
        'entry={"layers_first_fraction":0.001,"layers_last_fraction":0.002}',
        'symbols=[{"symbol":"BTCUSDT","entry":{"layers_first_fraction":0.01,"layers_last_fraction":0.02}}]',
    )
    assert entry_policy(config.for_symbol(BTC).entry).layers_last_fraction == Decimal("0.02")


@pytest.mark.parametrize(
    "example", re.findall(r"```json\n(.*?)```", (ROOT / "docs/entries.md").read_text("utf-8"), re.DOTALL)
)
def test_what_the_guide_shows_can_be_configured(example: str, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(f"{{{example}}}", "utf-8")
    config = load_config(tmp_path / "config.json", (), {}, None)
    assert entry_policy(config.entry) != EntryPolicy()


def test_the_guide_names_every_kind_and_key() -> None:
    guide = (ROOT / "docs/entries.md").read_text("utf-8")
    schema = json.loads((ROOT / "bot/config/config.schema.json").read_text("utf-8"))
    missing = [key for key in schema["$defs"]["EntryConfig"]["properties"] if key not in guide]
    assert missing == []
    assert [kind for kind in EntryKind if f"## {kind}\n" not in guide] == []
