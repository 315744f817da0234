"""Who is asking: API keys, request signatures and the time window, checked as Bybit checks them."""

import hashlib
import hmac
import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from bot.simulator.permissions import TRADING, Granted, Permission

DEFAULT_RECV_WINDOW_MS = 5000
FUTURE_TOLERANCE_MS = 1000
ANY_ADDRESS = "*"
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Credential:
    """One API key, the account it trades on and what it may do.

    Attributes:
        permissions: words by group, as Bybit's user/query-api gives them.
        read_only: no endpoint that changes anything may be called with it.
        expires_at_ms: wall clock at which it stops being good; None = never.
        created_at_ms: wall clock, for user/query-api only.
        ips: addresses or networks it may be used from; "*" = any.
    """

    api_key: str
    api_secret: str = field(repr=False)
    account: str
    permissions: Granted = field(default_factory=lambda: dict(TRADING))
    read_only: bool = False
    expires_at_ms: int | None = None
    created_at_ms: int = 0
    ips: tuple[str, ...] = (ANY_ADDRESS,)

    def expired(self, wall_ms: int) -> bool:
        return self.expires_at_ms is not None and wall_ms >= self.expires_at_ms

    def bound_to(self, ip: str) -> bool:
        """Whether the key may be used from this address."""
        if ANY_ADDRESS in self.ips:
            return True
        return any(ipaddress.ip_address(ip) in ipaddress.ip_network(each) for each in self.ips)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request was turned away, in Bybit's own code and words."""

    ret_code: int
    ret_msg: str


UNKNOWN_KEY = Refusal(10003, "API key is invalid.")
WRONG_ADDRESS = Refusal(10010, "Unmatched IP, please check your API key's bound IP addresses.")
NOT_PERMITTED = Refusal(10005, "Permission denied, please check your API key permissions.")
EXPIRED = Refusal(33004, "Your api key has expired.")
BAD_STREAM_PARAMS = Refusal(10001, "Params Error")


def signature(secret: str, message: bytes) -> str:
    """HMAC-SHA256 in lower-case hex, the only kind of signature the simulator takes (no RSA)."""
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


class Keyring:
    """The API keys of the simulator; they may change while it runs. Holds no clock: the wall time is an argument."""

    def __init__(self, credentials: Iterable[Credential]) -> None:
        self._by_key = {credential.api_key: credential for credential in credentials}

    def __iter__(self) -> Iterator[Credential]:
        return iter(tuple(self._by_key.values()))

    def find(self, api_key: str) -> Credential | None:
        return self._by_key.get(api_key)

    def expire(self, api_key: str, at_ms: int) -> bool:
        """Let a key end at a moment of the wall clock; False = there is no such key."""
        credential = self._by_key.get(api_key)
        if credential is None:
            return False
        self._by_key[api_key] = replace(credential, expires_at_ms=at_ms)
        return True

    def check_request(
        self, headers: Mapping[str, str], raw: bytes, wall_ms: int, ip: str = LOOPBACK
    ) -> Credential | Refusal:
        """Check a signed REST request: key, address, time window, signature.

        Args:
            headers: request headers, decoded as Latin-1 as ASGI servers do, looked up by lower-case name.
            raw: the query string of a GET or the body of a POST, byte for byte as it was sent.
            wall_ms: server wall clock, ms since the epoch.
            ip: address of the client.
        """
        api_key = headers.get("x-bapi-api-key", "")
        stamp = headers.get("x-bapi-timestamp", "")
        sign = headers.get("x-bapi-sign", "")
        if not (api_key and stamp and sign):
            text = f"empty value: apiTimestamp[{stamp}] apiKey[{api_key}] apiSignature[{sign}]"
            return Refusal(10001, text)
        credential = self._by_key.get(api_key)
        if credential is None:
            return UNKNOWN_KEY
        if not credential.bound_to(ip):
            return WRONG_ADDRESS
        window = headers.get("x-bapi-recv-window", "") or str(DEFAULT_RECV_WINDOW_MS)
        late = check_window(stamp, window, wall_ms)
        if late is not None:
            return late
        origin = f"{stamp}{api_key}{window}".encode("latin-1") + raw
        if not _equal(signature(credential.api_secret, origin), sign):
            return Refusal(10004, f"error sign! origin_string[{origin.decode(errors='replace')}]")
        return credential

    def permit(self, api_key: str, permission: Permission | None, *, write: bool, wall_ms: int) -> Credential | Refusal:
        """Check what follows the signature: permission, then expiry.

        Args:
            api_key: of a caller who has proven to hold it.
            permission: what the endpoint asks for; None = any key will do.
            write: whether the endpoint changes anything.
            wall_ms: server wall clock, ms since the epoch.
        """
        credential = self._by_key.get(api_key)
        if credential is None:
            return UNKNOWN_KEY
        if write and credential.read_only:
            return NOT_PERMITTED
        if permission is not None and permission[1] not in credential.permissions.get(permission[0], ()):
            return NOT_PERMITTED
        return EXPIRED if credential.expired(wall_ms) else credential

    def check_stream(self, args: object, wall_ms: int, ip: str = LOOPBACK) -> Credential | Refusal:
        """Check the arguments of a stream's auth frame: key, address, expiry (ms), signature, end of the key."""
        match args:
            case [str(api_key), int() | str() as expires, str(sign)]:
                pass
            case _:
                return BAD_STREAM_PARAMS
        credential = self._by_key.get(api_key)
        if credential is None:
            return Refusal(10003, "Invalid apikey")
        if not credential.bound_to(ip):
            return WRONG_ADDRESS
        expires_ms = _whole(str(expires))
        if expires_ms is None or expires_ms <= wall_ms:
            return BAD_STREAM_PARAMS
        if not _equal(signature(credential.api_secret, f"GET/realtime{expires}".encode()), sign):
            return Refusal(10004, "Params Error")
        return EXPIRED if credential.expired(wall_ms) else credential


def check_window(stamp: str, window: str, wall_ms: int) -> Refusal | None:
    """Bybit V5 docs, authentication: server - recv_window <= timestamp < server + 1000."""
    stamp_ms, window_ms = _whole(stamp), _whole(window)
    if stamp_ms is None or window_ms is None:
        return _late(stamp, window, wall_ms)
    inside = wall_ms - window_ms <= stamp_ms < wall_ms + FUTURE_TOLERANCE_MS
    return None if inside else _late(stamp, window, wall_ms)


def _late(stamp: str, window: str, wall_ms: int) -> Refusal:
    return Refusal(
        10002,
        "invalid request, please check your server timestamp or recv_window param. "
        f"req_timestamp[{stamp}],server_timestamp[{wall_ms}],recv_window[{window}]",
    )


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 19 else None  # noqa: PLR2004 (int64)


def _equal(expected: str, given: str) -> bool:
    return hmac.compare_digest(expected.encode(), given.encode())
