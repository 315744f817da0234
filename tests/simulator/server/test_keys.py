"""Several API keys: what each may do, where from, how long, and what it is told of itself."""

import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from pybit.exceptions import InvalidRequestError

from bot.simulator.child import SimulatorProcess
from bot.simulator.control_client import ControlClient
from bot.simulator.permissions import ORDER, SPOT, needed
from bot.simulator.ready import Endpoints
from bot.simulator.server.auth import Credential, Keyring, Refusal
from bot.simulator.settings import SimulatorSettings
from bot.simulator.settings_parts import KeySettings
from tests.simulator.server.pybit_clients import rest_session
from tests.simulator.server.raw_stream import RawStream

YEAR_MS = 365 * 86_400_000
KEYS = (
    KeySettings(api_key="reader", api_secret="r-secret", read_only=True),
    KeySettings(api_key="second", api_secret="s-secret", account="other"),
    KeySettings(api_key="stranger", api_secret="x-secret", ips=("192.0.2.7", "198.51.100.0/24")),
    KeySettings(api_key="holder", api_secret="h-secret", permissions={"ContractTrade": ("Position",)}),
    KeySettings(api_key="old", api_secret="o-secret", expires_at="2020-01-01"),
)
MARKET_ORDER = {"category": "linear", "symbol": "BTCUSDT", "side": "Buy", "orderType": "Market", "qty": "0.01"}


@pytest.fixture(scope="module")
def at() -> Iterator[Endpoints]:
    accounts = {"other": {"USDT": Decimal(500)}}
    settings = SimulatorSettings(symbols=("BTCUSDT",), accounts=accounts, keys=KEYS, rate_limits=False)
    with SimulatorProcess(settings) as process:
        yield process.endpoints


def session(at: Endpoints, key: KeySettings) -> Any:
    return rest_session(at, api_key=key.api_key, api_secret=key.api_secret)


def code_of(call: Any, **params: Any) -> int:
    with pytest.raises(InvalidRequestError) as caught:
        call(**params)
    code: int = caught.value.status_code
    return code


def test_each_key_trades_on_its_own_account(at: Endpoints) -> None:
    other = session(at, KEYS[1])
    wallet = other.get_wallet_balance(accountType="UNIFIED")["result"]["list"][0]
    assert Decimal(wallet["coin"][0]["walletBalance"]) == 500
    session(at, KEYS[1]).place_order(**MARKET_ORDER, orderLinkId="mine")
    assert len(other.get_order_history(category="linear", orderLinkId="mine")["result"]["list"]) == 1
    first = rest_session(at).get_order_history(category="linear", orderLinkId="mine")
    assert first["result"]["list"] == []


def test_a_read_only_key_reads_only(at: Endpoints) -> None:
    reader = session(at, KEYS[0])
    assert reader.get_positions(category="linear", symbol="BTCUSDT")["retCode"] == 0
    assert code_of(reader.place_order, **MARKET_ORDER) == 10005
    assert code_of(reader.set_leverage, category="linear", symbol="BTCUSDT", buyLeverage="3", sellLeverage="3") == 10005


def test_a_key_does_what_its_permissions_name(at: Endpoints) -> None:
    holder = session(at, KEYS[3])
    assert code_of(holder.place_order, **MARKET_ORDER) == 10005
    leverage = {"category": "linear", "symbol": "BTCUSDT", "buyLeverage": "7", "sellLeverage": "7"}
    assert holder.set_leverage(**leverage)["retCode"] == 0
    assert needed(ORDER, "spot") == SPOT
    assert needed(ORDER, "linear") == ORDER


def test_a_key_bound_to_another_address_is_refused_before_anything_else(at: Endpoints) -> None:
    assert code_of(session(at, KEYS[2]).get_positions, category="linear", symbol="BTCUSDT") == 10010
    wrong_secret = rest_session(at, api_key="stranger", api_secret="wrong")
    assert code_of(wrong_secret.get_positions, category="linear", symbol="BTCUSDT") == 10010


def test_an_expired_key_is_refused(at: Endpoints) -> None:
    assert code_of(session(at, KEYS[4]).get_positions, category="linear", symbol="BTCUSDT") == 33004


def test_the_control_port_lets_a_key_expire(at: Endpoints) -> None:
    reader = session(at, KEYS[0])
    with ControlClient(at) as control:
        listed = control.request("GET", "keys")
        assert [each["api_key"] for each in listed] == [at.api_key, *(each.api_key for each in KEYS)]
        assert "r-secret" not in str(listed)
        soon_ms = time.time_ns() // 1_000_000 + YEAR_MS
        control.request("POST", "keys/expire", {"api_key": "reader", "at_ms": soon_ms})
        assert reader.get_api_key_information()["result"]["deadlineDay"] in {364, 365}
        control.request("POST", "keys/expire", {"api_key": "reader"})
        assert code_of(reader.get_positions, category="linear", symbol="BTCUSDT") == 33004
        control.request("POST", "keys/expire", {"api_key": "reader", "at_ms": soon_ms})
        assert reader.get_positions(category="linear", symbol="BTCUSDT")["retCode"] == 0


def test_a_key_is_told_of_itself(at: Endpoints) -> None:
    told = session(at, KEYS[3]).get_api_key_information()["result"]
    assert told["apiKey"] == "holder"
    assert told["secret"] == ""
    assert told["readOnly"] == 0
    assert told["permissions"]["ContractTrade"] == ["Position"]
    assert told["permissions"]["Spot"] == []
    assert told["ips"] == ["*"]
    main = rest_session(at).get_api_key_information()["result"]
    assert main["permissions"]["Wallet"] == ["AccountTransfer"], "no key may withdraw"
    assert main["userID"] != session(at, KEYS[1]).get_api_key_information()["result"]["userID"]


@pytest.mark.parametrize(("key", "code"), [(KEYS[2], 10010), (KEYS[4], 33004)])
def test_streams_check_address_and_expiry_too(at: Endpoints, key: KeySettings, code: int) -> None:
    stream = RawStream(at, "/v5/private")
    answer = stream.login(at, key.api_key, key.api_secret)
    assert (answer["success"], answer["retCode"]) == (False, code)
    stream.socket.close()


def test_permission_comes_before_expiry() -> None:
    keyring = Keyring([Credential("k", "s", "a", read_only=True, expires_at_ms=5)])
    assert _code(keyring.permit("k", ORDER, write=True, wall_ms=10)) == 10005
    assert _code(keyring.permit("k", None, write=False, wall_ms=10)) == 33004
    assert _code(keyring.permit("k", None, write=False, wall_ms=4)) == 0
    assert _code(keyring.permit("nobody", None, write=False, wall_ms=4)) == 10003


def _code(outcome: Credential | Refusal) -> int:
    return outcome.ret_code if isinstance(outcome, Refusal) else 0
