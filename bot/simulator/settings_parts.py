"""Parts of the settings that have settings of their own: keys and limits of addresses."""

import ipaddress
from datetime import UTC, datetime
from urllib.parse import urlsplit

import msgspec

from bot.simulator.errors import SimulatorError
from bot.simulator.permissions import GROUPS, TRADING
from bot.simulator.server.auth import ANY_ADDRESS, Credential
from bot.simulator.server.faults.kinds import TIME_MAX_MS
from bot.simulator.server.limits.addresses import AddressRules


class KeySettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One more API key.

    Attributes:
        api_key, api_secret: what the client signs with.
        account: the account it trades on, one of `accounts`.
        permissions: words by group as user/query-api gives them; None = trade everything there is.
        read_only: it may look, not act.
        expires_at: wall clock, ISO 8601 (UTC if it names no zone) or ms since the epoch; None = never.
        ips: addresses or networks it may be used from; "*" = any.
    """

    api_key: str
    api_secret: str
    account: str = "main"
    permissions: dict[str, tuple[str, ...]] | None = None
    read_only: bool = False
    expires_at: str | int | None = None
    ips: tuple[str, ...] = (ANY_ADDRESS,)

    def __repr__(self) -> str:
        """Without the secret: settings end up in logs."""
        return f"KeySettings(api_key={self.api_key!r}, account={self.account!r})"

    def credential(self) -> Credential:
        return Credential(
            self.api_key,
            self.api_secret,
            self.account,
            permissions=dict(TRADING) if self.permissions is None else self.permissions,
            read_only=self.read_only,
            expires_at_ms=time_ms("keys.expires_at", self.expires_at),
            ips=self.ips,
        )

    def mistake(self) -> str:
        """What makes no sense, in one sentence; "" = nothing."""
        time_ms("keys.expires_at", self.expires_at)
        unknown = [each for each in self.permissions or () if each not in GROUPS]
        if unknown:
            return f"keys.permissions: {unknown[0]!r} is none of {', '.join(GROUPS)}"
        for each in self.ips:
            if each != ANY_ADDRESS and not _is_network(each):
                return f"keys.ips: {each!r} is neither an address nor a network"
        return ""


class UpstreamSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The public endpoint that a mirror shows; Bybit's mainnet unless said otherwise.

    Attributes:
        rest, ws: without a path, such as https://api.bybit.com and wss://stream.bybit.com.
    """

    rest: str = "https://api.bybit.com"
    ws: str = "wss://stream.bybit.com"

    def mistake(self) -> str:
        """What makes no sense, in one sentence; "" = nothing."""
        for name, schemes in (("rest", ("http", "https")), ("ws", ("ws", "wss"))):
            address = urlsplit(getattr(self, name))
            if address.scheme not in schemes or not address.hostname:
                return f"upstream.{name}: {getattr(self, name)!r} is no address like {schemes[1]}://host"
        mainnet = UpstreamSettings()
        if (self.rest == mainnet.rest) != (self.ws == mainnet.ws):
            return "upstream: give rest and ws, both of one endpoint"
        return ""


class AddressSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Limits of one client address.

    Attributes:
        requests, window_s: so many REST requests in so many seconds.
        ban_s: one more, and the address gets HTTP 403 for so long.
        connects: new stream connections in five minutes.
        live: open stream connections of one kind.
        trade_requests: trade stream requests in a second.
    """

    requests: int = 600
    window_s: float = 5.0
    ban_s: float = 600.0
    connects: int = 500
    live: int = 1000
    trade_requests: int = 3000

    def rules(self) -> AddressRules:
        return AddressRules(
            self.requests,
            round(self.window_s * 1000),
            round(self.ban_s * 1000),
            self.connects,
            self.live,
            self.trade_requests,
        )

    def mistake(self) -> str:
        """What makes no sense, in one sentence; "" = nothing."""
        for name in self.__struct_fields__:
            if not 0 < getattr(self, name) < float("inf"):
                return f"address_limits.{name}: {getattr(self, name)} is not a positive number"
        return ""


def time_ms(name: str, value: str | int | None) -> int | None:
    """A moment as settings write it, ms since the epoch; SimulatorError names the setting."""
    if value is None:
        return None
    if isinstance(value, int) or value.isdecimal():
        if not 0 <= int(value) < TIME_MAX_MS:
            raise SimulatorError(f"{name}: {value} is no time in ms")
        return int(value)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise SimulatorError(f"{name}: {value!r} is neither an ISO 8601 time nor ms") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000)


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True
