"""Who is asking: API keys, request signatures and the time window, checked as Bybit checks them."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

DEFAULT_RECV_WINDOW_MS = 5000
FUTURE_TOLERANCE_MS = 1000


@dataclass(frozen=True, slots=True)
class Credential:
    """One API key and the account it trades on."""

    api_key: str
    api_secret: str = field(repr=False)
    account: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request was turned away, in Bybit's own code and words."""

    ret_code: int
    ret_msg: str


def signature(secret: str, message: bytes) -> str:
    """HMAC-SHA256 in lower-case hex, the only kind of signature the simulator takes (no RSA)."""
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


class Keyring:
    """The API keys of the simulator. Holds no clock: the wall time is always an argument."""

    def __init__(self, credentials: Iterable[Credential]) -> None:
        self._by_key = {credential.api_key: credential for credential in credentials}

    def check_request(self, headers: Mapping[str, str], raw: bytes, wall_ms: int) -> Credential | Refusal:
        """Check a signed REST request: key, then time window, then signature.

        Args:
            headers: request headers, decoded as Latin-1 as ASGI servers do, looked up by lower-case name.
            raw: the query string of a GET or the body of a POST, byte for byte as it was sent.
            wall_ms: server wall clock, ms since the epoch.
        """
        api_key = headers.get("x-bapi-api-key", "")
        stamp = headers.get("x-bapi-timestamp", "")
        sign = headers.get("x-bapi-sign", "")
        if not (api_key and stamp and sign):
            text = f"empty value: apiTimestamp[{stamp}] apiKey[{api_key}] apiSignature[{sign}]"
            return Refusal(10001, text)
        credential = self._by_key.get(api_key)
        if credential is None:
            return Refusal(10003, "API key is invalid.")
        window = headers.get("x-bapi-recv-window", "") or str(DEFAULT_RECV_WINDOW_MS)
        if not _in_window(stamp, window, wall_ms):
            return Refusal(
                10002,
                "invalid request, please check your server timestamp or recv_window param. "
                f"req_timestamp[{stamp}],server_timestamp[{wall_ms}],recv_window[{window}]",
            )
        origin = f"{stamp}{api_key}{window}".encode("latin-1") + raw
        if not _equal(signature(credential.api_secret, origin), sign):
            return Refusal(10004, f"error sign! origin_string[{origin.decode(errors='replace')}]")
        return credential

    def check_stream(self, args: object, wall_ms: int) -> Credential | Refusal:
        """Check the arguments of a private stream's auth frame: key, expiry (ms), signature."""
        match args:
            case [str(api_key), int() | str() as expires, str(sign)]:
                pass
            case _:
                return Refusal(10001, "Params Error")
        credential = self._by_key.get(api_key)
        if credential is None:
            return Refusal(10003, "Invalid apikey")
        expires_ms = _whole(str(expires))
        if expires_ms is None or expires_ms <= wall_ms:
            return Refusal(10001, "Params Error")
        if not _equal(signature(credential.api_secret, f"GET/realtime{expires}".encode()), sign):
            return Refusal(10001, "Params Error")
        return credential


def _in_window(stamp: str, window: str, wall_ms: int) -> bool:
    """Bybit V5 docs, authentication: server - recv_window <= timestamp < server + 1000."""
    stamp_ms, window_ms = _whole(stamp), _whole(window)
    if stamp_ms is None or window_ms is None:
        return False
    return wall_ms - window_ms <= stamp_ms < wall_ms + FUTURE_TOLERANCE_MS


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 19 else None  # noqa: PLR2004 (int64)


def _equal(expected: str, given: str) -> bool:
    return hmac.compare_digest(expected.encode(), given.encode())
