"""What a simulator is started with: one value, made from options or from JSON."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Literal, get_args

import msgspec

from bot.simulator.errors import SimulatorError
from bot.simulator.server.auth import Credential
from bot.simulator.server.faults.kinds import AnyFault, mistake_of
from bot.simulator.settings_parts import AddressSettings, KeySettings, UpstreamSettings, time_ms
from bot.simulator.settings_problems import settings_problem

type Speed = float | Literal["lockstep"]
FeedKind = Literal["synthetic", "candles", "capture", "mirror"]
MAX_PORT = 65_535
# As Bybit writes them: BTCUSDT, 1000PEPEUSDT, BTCPERP, BTCUSDT-26DEC25; a pair has our mark in front.
SYMBOL = re.compile(r"(spot:)?[A-Z0-9]+(-[A-Z0-9]+)?")
COIN = re.compile(r"[A-Z0-9]+")
NEEDED_FILES = {"candles": "a folder of candle files", "capture": "a file or folder of recorded frames"}


class SimulatorSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of one simulated exchange; the JSON of `--settings` has these names.

    Attributes:
        feed: "synthetic" (a seeded market), "candles" or "capture" (files of `folder`), or
            "mirror" (what `upstream` sends).
        seed: of the synthetic market, of book sizes and of order ids.
        folder: of candle files named SYMBOL_1m.parquet or .csv ("candles"), or a file or folder of recorded V5 frames
            as .jsonl ("capture").
        upstream: the public endpoint that a mirror shows.
        symbols: in the order in which bars that close together are played.
        start, end: market time to begin and end at: ISO 8601 (UTC if it names no zone) or ms since the
            epoch; None = the feed's own.
        speed: market seconds per wall second, or "lockstep": the market moves only when told to.
            A mirror keeps the pace of its upstream; say it here if that is another simulator with a speed.
        balance: starting wallet of the first account, USDT.
        accounts: more accounts: what is in their wallets, by name and coin. A mention of the first account
            adds coins to its `balance`.
        keys: more API keys, each for one of the accounts.
        rate_limits: enforce the limits per user and per address; None = yes when the market runs by the
            clock, no in lockstep.
        address_limits: figures of the limits per client address.
        faults: what goes wrong and when, from the start.
        taker_fee_rate, maker_fee_rate: fractions of the traded value.
        port, control_port: 0 = any free port.
        account: name of the first account.
        api_key, api_secret: of the first account's own key, which may do everything; None = made up at start.
        books: file that gets the exchange's own ledger at exit.
        detail: play the path inside each bar (tickers, book, trades, forming candles); None = yes when
            the market runs by the clock, no in lockstep.
        detail_step_ms: how often a market is looked at in detail, in market time; None = every second, but
            not more than four times in a second of the wall clock.
        ack_delay_ms: how long after a stream operation its answer leaves.
        push_delay_ms: how long a private push trails what caused it; None = 5, and 0 in lockstep.
        idle_timeout_s: a stream on which nothing is said for so long is closed.
        max_queued_bytes: what may wait for a stream client that does not read before it is cut off.
        exit_with_parent: end when standard input closes, and leave Ctrl-C to the parent.
    """

    feed: FeedKind = "synthetic"
    seed: int = 1
    folder: str | None = None
    upstream: UpstreamSettings = UpstreamSettings()
    symbols: tuple[str, ...] = ("BTCUSDT", "ETHUSDT")
    start: str | int | None = None
    end: str | int | None = None
    speed: Speed = 1.0
    balance: Decimal = Decimal(10_000)
    accounts: dict[str, dict[str, Decimal]] = {}
    keys: tuple[KeySettings, ...] = ()
    rate_limits: bool | None = None
    address_limits: AddressSettings = AddressSettings()
    faults: tuple[AnyFault, ...] = ()
    taker_fee_rate: Decimal = Decimal("0.00055")
    maker_fee_rate: Decimal = Decimal("0.0002")
    port: int = 0
    control_port: int = 0
    account: str = "main"
    api_key: str | None = None
    api_secret: str | None = None
    books: str | None = None
    detail: bool | None = None
    detail_step_ms: int | None = None
    ack_delay_ms: int = 15
    push_delay_ms: int | None = None
    idle_timeout_s: float = 600.0
    max_queued_bytes: int = 4 << 20
    exit_with_parent: bool = False

    def __repr__(self) -> str:
        """Without the secret: settings end up in logs."""
        names = (name for name in self.__struct_fields__ if name != "api_secret")
        return f"SimulatorSettings({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    @property
    def lockstep(self) -> bool:
        return self.speed == "lockstep"

    @property
    def limited(self) -> bool:
        """Whether the limits per user and address are enforced."""
        return not self.lockstep if self.rate_limits is None else self.rate_limits

    def balances(self) -> dict[str, dict[str, Decimal]]:
        """What is in every wallet at the start, by account and coin; the first account comes first."""
        first = {"USDT": self.balance, **self.accounts.get(self.account, {})}
        return {self.account: first, **{name: coins for name, coins in self.accounts.items() if name != self.account}}

    def credentials(self, api_key: str, api_secret: str) -> list[Credential]:
        """Every API key, the first account's own one first."""
        return [Credential(api_key, api_secret, self.account), *(each.credential() for each in self.keys)]

    @property
    def start_ms(self) -> int | None:
        return time_ms("start", self.start)

    @property
    def end_ms(self) -> int | None:
        return time_ms("end", self.end)

    def check(self) -> None:
        """Raise SimulatorError, naming the setting, if a value makes no sense."""
        checks = (self._market_mistake, self._account_mistake, self._key_mistake)
        for check in (*checks, self._rules_mistake, self._process_mistake):
            if mistake := check():
                raise SimulatorError(mistake)

    def _market_mistake(self) -> str:
        start_ms, end_ms = self.start_ms, self.end_ms
        if self.seed < 0:
            return f"seed: {self.seed} is negative"
        if not isinstance(self.speed, str) and not 0 < self.speed < float("inf"):
            return f"speed: {self.speed} is not a positive number or 'lockstep'"
        if start_ms is not None and end_ms is not None and end_ms <= start_ms:
            return f"end: {self.end} is not after start {self.start}"
        return self._symbol_mistake() or self._feed_mistake()

    def _symbol_mistake(self) -> str:
        if not self.symbols:
            return "symbols: name at least one"
        for symbol in self.symbols:
            if not SYMBOL.fullmatch(symbol):
                return f"symbols: {symbol!r} is no symbol like BTCUSDT, BTCUSD or spot:BTCUSDT"
        if len(set(self.symbols)) < len(self.symbols):
            return f"symbols: {', '.join(self.symbols)} names one twice"
        return ""

    def _feed_mistake(self) -> str:
        if self.folder is not None and self.feed not in NEEDED_FILES:
            return f"folder: the {self.feed} feed reads no files; feed must be candles or capture"
        if self.feed != "mirror" and self.upstream != UpstreamSettings():
            return f"upstream: the {self.feed} feed has none; feed must be mirror"
        if self.feed == "mirror":
            return "speed: a mirror cannot be played in lockstep" if self.lockstep else self.upstream.mistake()
        if self.feed in NEEDED_FILES and self.folder is None:
            return f"folder: the {self.feed} feed needs {NEEDED_FILES[self.feed]}"
        return ""

    def _account_mistake(self) -> str:
        if not (self.balance.is_finite() and self.balance >= 0):
            return f"balance: {self.balance} is not an amount of USDT"
        for name, coins in self.accounts.items():
            for coin, amount in coins.items():
                if not COIN.fullmatch(coin):
                    return f"accounts.{name}.{coin}: no coin is called so; they are written like USDT or BTC"
                if not (amount.is_finite() and amount >= 0):
                    return f"accounts.{name}.{coin}: {amount} is not an amount"
        for name in ("taker_fee_rate", "maker_fee_rate"):
            rate: Decimal = getattr(self, name)
            if not (rate.is_finite() and -1 < rate < 1):
                return f"{name}: {rate} is not a fraction of the traded value"
        return ""

    def _key_mistake(self) -> str:
        if (self.api_key is None) != (self.api_secret is None):
            return "api_key, api_secret: give both or neither"
        seen = {self.api_key}
        for key in self.keys:
            if key.account not in self.balances():
                return f"keys.account: {key.account!r} is none of accounts: {', '.join(self.balances())}"
            if key.api_key in seen:
                return f"keys.api_key: {key.api_key!r} is given twice"
            seen.add(key.api_key)
            if mistake := key.mistake():
                return mistake
        return ""

    def _rules_mistake(self) -> str:
        if not 0 < self.idle_timeout_s < float("inf"):
            return f"idle_timeout_s: {self.idle_timeout_s} is not a positive number"
        for number, fault in enumerate(self.faults, start=1):
            if mistake := mistake_of(fault):
                return f"faults: number {number}: {mistake}"
        return self.address_limits.mistake()

    def _process_mistake(self) -> str:
        for name in ("port", "control_port"):
            if not 0 <= getattr(self, name) <= MAX_PORT:
                return f"{name}: {getattr(self, name)} is not a port number"
        for name in ("ack_delay_ms", "push_delay_ms", "max_queued_bytes"):
            if (getattr(self, name) or 0) < 0:
                return f"{name}: {getattr(self, name)} is negative"
        if self.detail_step_ms is not None and self.detail_step_ms <= 0:
            return f"detail_step_ms: {self.detail_step_ms} is not positive"
        if self.books is not None and not Path(self.books).resolve().parent.is_dir():
            return f"books: {self.books}: there is no such folder"
        return ""


def settings_from_json(text: bytes, source: str) -> SimulatorSettings:
    """Read settings; `source` names them in the SimulatorError that a mistake raises."""
    try:
        return msgspec.json.decode(text, type=SimulatorSettings)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        problem = settings_problem(text, error, SimulatorSettings.__struct_fields__)
        raise SimulatorError(f"settings from {source}: {problem}") from error


def speed_from_text(text: str) -> Speed:
    """A speed as it is written on the command line: a number or the word lockstep."""
    if text == "lockstep":
        return "lockstep"
    try:
        return float(text)
    except ValueError:
        raise SimulatorError(f"speed: {text!r} is neither a number nor 'lockstep'") from None


def feed_from_text(text: str) -> FeedKind:
    """A kind of feed as it is written on the command line."""
    for kind in get_args(FeedKind):
        if text == kind:
            return kind  # type: ignore[no-any-return]  # get_args is untyped
    raise SimulatorError(f"feed: {text!r} is none of {', '.join(get_args(FeedKind))}")
