"""Keys, signatures and the time window."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.simulator.server.auth import Credential, Keyring, Refusal, signature

NOW_MS = 1_700_000_000_000
ALICE = Credential("key-of-alice", "secret-of-alice", "alice")
KEYRING = Keyring([ALICE])


def signed(raw: bytes, *, stamp: str = str(NOW_MS), window: str = "5000", key: str = ALICE.api_key) -> dict[str, str]:
    message = f"{stamp}{key}{window}".encode() + raw
    return {
        "x-bapi-api-key": key,
        "x-bapi-timestamp": stamp,
        "x-bapi-recv-window": window,
        "x-bapi-sign": signature(ALICE.api_secret, message),
    }


def code(outcome: Credential | Refusal) -> int:
    return outcome.ret_code if isinstance(outcome, Refusal) else 0


def test_the_signature_of_a_known_message() -> None:
    # The value Wikipedia gives for HMAC_SHA256("key", "The quick brown fox jumps over the lazy dog").
    expected = "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8"
    assert signature("key", b"The quick brown fox jumps over the lazy dog") == expected


def test_a_signed_request_names_its_account() -> None:
    assert KEYRING.check_request(signed(b"a=1"), b"a=1", NOW_MS) == ALICE


def test_the_window_defaults_to_five_seconds() -> None:
    headers = signed(b"", window="5000")
    del headers["x-bapi-recv-window"]
    assert KEYRING.check_request(headers, b"", NOW_MS + 5000) == ALICE


@pytest.mark.parametrize(
    ("server_ms", "expected"),
    [(NOW_MS + 5000, 0), (NOW_MS + 5001, 10002), (NOW_MS - 999, 0), (NOW_MS - 1000, 10002)],
)
def test_the_edges_of_the_time_window(server_ms: int, expected: int) -> None:
    outcome = KEYRING.check_request(signed(b""), b"", server_ms)
    assert code(outcome) == expected
    if isinstance(outcome, Refusal):
        assert f"req_timestamp[{NOW_MS}],server_timestamp[{server_ms}],recv_window[5000]" in outcome.ret_msg


def test_the_key_is_checked_before_the_time_and_the_time_before_the_signature() -> None:
    late = NOW_MS + 60_000
    assert code(KEYRING.check_request(signed(b"", key="nobody"), b"other", late)) == 10003
    assert code(KEYRING.check_request(signed(b""), b"other", late)) == 10002
    assert code(KEYRING.check_request(signed(b""), b"other", NOW_MS)) == 10004


@pytest.mark.parametrize("missing", ["x-bapi-api-key", "x-bapi-timestamp", "x-bapi-sign"])
def test_a_request_without_its_headers_is_refused(missing: str) -> None:
    headers = signed(b"")
    del headers[missing]
    assert code(KEYRING.check_request(headers, b"", NOW_MS)) == 10001


@given(st.text(), st.text(), st.text(), st.binary())
def test_garbage_is_refused_and_never_raises(stamp: str, window: str, sign: str, raw: bytes) -> None:
    latin = [each.encode().decode("latin-1") for each in (stamp, window, sign)]
    names = ("x-bapi-timestamp", "x-bapi-recv-window", "x-bapi-sign")
    headers = dict(zip(names, latin, strict=True)) | {"x-bapi-api-key": ALICE.api_key}
    assert isinstance(KEYRING.check_request(headers, raw, NOW_MS), Refusal)


@given(st.binary(), st.binary())
def test_a_signature_fits_one_body_only(body: bytes, other: bytes) -> None:
    outcome = KEYRING.check_request(signed(body), other, NOW_MS)
    assert (outcome == ALICE) == (body == other)


def stream_args(expires: object) -> list[object]:
    return [ALICE.api_key, expires, signature(ALICE.api_secret, f"GET/realtime{expires}".encode())]


@pytest.mark.parametrize("expires", [NOW_MS + 1, str(NOW_MS + 1)])
def test_a_stream_login_takes_the_expiry_as_number_or_text(expires: object) -> None:
    assert KEYRING.check_stream(stream_args(expires), NOW_MS) == ALICE


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (stream_args(NOW_MS), 10001),
        ([ALICE.api_key, NOW_MS + 1, "wrong"], 10004),
        (["nobody", NOW_MS + 1, "wrong"], 10003),
        ([ALICE.api_key, NOW_MS + 1], 10001),
        ([1, 2, 3], 10001),
        (None, 10001),
    ],
)
def test_stream_logins_that_are_refused(args: object, expected: int) -> None:
    assert code(KEYRING.check_stream(args, NOW_MS)) == expected
