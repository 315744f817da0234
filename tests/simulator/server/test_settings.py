"""Settings from JSON, and what is refused."""

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from bot.simulator.errors import SimulatorError
from bot.simulator.server.faults.kinds import Drop
from bot.simulator.settings import SimulatorSettings, settings_from_json
from bot.simulator.settings_parts import AddressSettings, KeySettings, UpstreamSettings


def test_settings_travel_through_json_unchanged() -> None:
    settings = SimulatorSettings(
        feed="candles",
        folder="data",
        symbols=("BTCUSDT", "SOLUSDT"),
        start="2025-06-05",
        speed="lockstep",
        balance=Decimal("1234.50"),
    )
    assert settings_from_json(msgspec.json.encode(settings), "a test") == settings


@pytest.mark.parametrize(
    ("text", "expected_ms"),
    [
        ("2025-06-05", 1_749_081_600_000),
        ("2025-06-05T00:00:00Z", 1_749_081_600_000),
        ("2025-06-05T02:00:00+02:00", 1_749_081_600_000),
        ("1749081600000", 1_749_081_600_000),
        (1_749_081_600_000, 1_749_081_600_000),
    ],
)
def test_times_may_be_written_in_several_ways(text: str | int, expected_ms: int) -> None:
    assert SimulatorSettings(start=text).start_ms == expected_ms


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (b"{", "a test"),
        (b"\xff", "a test"),
        (b'{"sped": 1}', "sped"),
        (b'{"speed": "fast"}', "speed"),
        (b'{"feed": "real"}', "feed"),
    ],
)
def test_json_that_does_not_fit_is_refused_by_name(text: bytes, word: str) -> None:
    with pytest.raises(SimulatorError, match=word):
        settings_from_json(text, "a test")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"symbols": BTCUSDT}', "line 1, column 13: this is no JSON"),
        ("[]", "must be an object"),
        ('{"control-port": 1}', "control-port: there is no such setting; did you mean 'control_port'?"),
        ('{"symbols": "BTCUSDT"}', "symbols: must be a list"),
        ('{"speed": "60"}', "speed: '60' is not known; it is one of a number without quotes, lockstep"),
        ('{"feed": "candle"}', "feed: 'candle' is not known; did you mean 'candles'?"),
        ('{"upstream": {"wss": ""}}', "upstream.wss: there is no such setting"),
        ('{"keys": [{"api_key": "a"}]}', "keys[0].api_secret: is missing"),
        ('{"keys": [{"acount": "b"}]}', "keys[0].acount: there is no such setting; did you mean 'account'?"),
        (
            '{"faults": [{"fault": "replylost"}]}',
            "faults[0].fault: 'replylost' is not known; did you mean 'reply_lost'?",
        ),
        ('{"faults": [{"fault": "drop", "nht": 1}]}', "faults[0].nht: there is no such setting; did you mean 'nth'?"),
    ],
)
def test_a_mistake_in_json_is_told_in_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(SimulatorError) as told:
        settings_from_json(text.encode(), "a test")
    assert str(told.value).startswith(f"settings from a test: {sentence}")
    assert "`" not in str(told.value)


@pytest.mark.parametrize("symbol", ["BTCUSDT", "1000PEPEUSDT", "BTCPERP", "BTCUSD", "spot:BTCUSDC", "BTCUSDT-26DEC25"])
def test_symbols_are_written_as_bybit_writes_them(symbol: str) -> None:
    SimulatorSettings(symbols=(symbol,)).check()


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        (SimulatorSettings(symbols=("btcusdt",)), "symbols: 'btcusdt'"),
        (SimulatorSettings(symbols=("BTCUSDT;ETHUSDT",)), "symbols"),
        (SimulatorSettings(symbols=("option:BTC",)), "symbols"),
        (SimulatorSettings(seed=-1), "seed"),
        (SimulatorSettings(folder="data"), "folder: the synthetic feed reads no files"),
        (SimulatorSettings(feed="mirror", upstream=UpstreamSettings(rest="http://127.0.0.1:1")), "upstream"),
        (SimulatorSettings(upstream=UpstreamSettings(rest="http://h", ws="ws://h")), "upstream: the synthetic feed"),
        (SimulatorSettings(accounts={"main": {"btc": Decimal(1)}}), "accounts.main.btc"),
        (SimulatorSettings(symbols=()), "symbols"),
        (SimulatorSettings(symbols=("BTCUSDT", "BTCUSDT")), "symbols"),
        (SimulatorSettings(speed=0.0), "speed"),
        (SimulatorSettings(speed=float("nan")), "speed"),
        (SimulatorSettings(balance=Decimal(-1)), "balance"),
        (SimulatorSettings(balance=Decimal("NaN")), "balance"),
        (SimulatorSettings(taker_fee_rate=Decimal(2)), "taker_fee_rate"),
        (SimulatorSettings(port=70_000), "port"),
        (SimulatorSettings(ack_delay_ms=-1), "ack_delay_ms"),
        (SimulatorSettings(feed="candles"), "folder"),
        (SimulatorSettings(api_key="alone"), "api_key"),
        (SimulatorSettings(start="yesterday"), "start"),
        (SimulatorSettings(accounts={"b": {"BTC": Decimal(-1)}}), "accounts.b.BTC"),
        (SimulatorSettings(keys=(KeySettings(api_key="k", api_secret="s", account="b"),)), "keys.account"),
        (SimulatorSettings(keys=(KeySettings(api_key="k", api_secret="s", expires_at="never"),)), "keys.expires_at"),
        (SimulatorSettings(keys=(KeySettings(api_key="k", api_secret="s", permissions={"All": ()}),)), "keys.perm"),
        (SimulatorSettings(keys=(KeySettings(api_key="k", api_secret="s", ips=("here",)),)), "keys.ips"),
        (SimulatorSettings(keys=(KeySettings(api_key="k", api_secret="s"),) * 2), "keys.api_key"),
        (SimulatorSettings(address_limits=AddressSettings(requests=0)), "address_limits.requests"),
        (SimulatorSettings(idle_timeout_s=0.0), "idle_timeout_s"),
        (SimulatorSettings(faults=(Drop(), Drop(every=0))), "faults: number 2: every"),
        (SimulatorSettings(start="2025-06-05", end="2025-06-05"), "end"),
    ],
)
def test_values_that_make_no_sense_are_refused_by_name(settings: SimulatorSettings, word: str) -> None:
    with pytest.raises(SimulatorError, match=f"^{word}"):
        settings.check()


def test_every_account_starts_with_its_coins_and_the_first_with_its_balance() -> None:
    accounts = {"b": {"BTC": Decimal(1)}, "main": {"BTC": Decimal(2)}}
    settings = SimulatorSettings(balance=Decimal(5), accounts=accounts)
    expected = {"main": {"USDT": Decimal(5), "BTC": Decimal(2)}, "b": {"BTC": Decimal(1)}}
    assert settings.balances() == expected
    assert list(settings.balances()) == ["main", "b"]


def test_secrets_are_not_shown() -> None:
    key = KeySettings(api_key="k", api_secret="hush")
    assert "hush" not in repr(key)
    assert "hush" not in repr(key.credential())
    settings = SimulatorSettings(api_key="a", api_secret="silence", keys=(key,))
    assert "hush" not in repr(settings)
    assert "silence" not in repr(settings)


def test_books_need_a_folder_that_exists(tmp_path: Path) -> None:
    SimulatorSettings(books=str(tmp_path / "books.json")).check()
    with pytest.raises(SimulatorError, match="no such folder"):
        SimulatorSettings(books=str(tmp_path / "missing" / "books.json")).check()
