"""The bot's deciding cores on the real exchange core, under virtual time; news comes late and in any order."""

from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

from bot.backtest.exchange_session import messages_of
from bot.backtest.router import Router
from bot.config.load import load_config
from bot.core.contract import Core
from bot.core.database import DatabaseCore
from bot.core.make import CoreMaker
from bot.core.rate_limiter import RateLimiterCore
from bot.core.supervisor import SupervisorCore
from bot.domain.address import Role, address_of
from bot.domain.messages import (
    AlertRaised,
    Message,
    PrivateStreamUp,
    RunStarted,
    Started,
    Stream,
    StreamJoined,
    StreamLost,
)
from bot.domain.values import Address, Symbol, TimeMs
from bot.orders.difference import BEARABLE_MS
from bot.performance.reconcile import compare_books
from bot.simulator.build import make_bar_exchange
from bot.storage.reading import LedgerReader
from bot.storage.store import SqliteStore
from bot.venue.simulator_settings import ACCOUNT, simulator_settings
from tests.end_to_end.running import ROOT
from tests.end_to_end.wild.session import WildSession, WildWorker

SYMBOLS = (Symbol("BTCUSDT"), Symbol("ETHUSDT"), Symbol("SOLUSDT"))
WORKERS = 3
QUIET_MS = 400_000
"""Longer than any entry waits, and than any question about an order of unknown outcome goes on."""


class Alerts:
    """Stands where the alerting actor is."""

    def __init__(self) -> None:
        self.raised: list[AlertRaised] = []

    def handle(self, message: Message, now_ms: TimeMs) -> Sequence[Message]:  # noqa: ARG002 - Core.handle
        """See Core.handle."""
        if isinstance(message, AlertRaised):
            self.raised.append(message)
        return ()


class World:
    """One exchange and the lives of the bot on it."""

    def __init__(self, seed: int, folder: Path, overrides: Sequence[str]) -> None:
        """``overrides`` may name other symbols, of another category."""
        self.random = Random(seed)  # noqa: S311 - a walk
        names = ",".join(f'"{symbol}"' for symbol in SYMBOLS)
        settings = (f"symbols=[{names}]", f"simulator.feed.seed={seed}", *overrides)
        self.config = load_config(ROOT / "config.json", settings, {}, None)
        self.symbols = self.config.symbol_names
        self.category = self.config.venue.category
        self.exchange = make_bar_exchange(simulator_settings(self.config))
        self.exchange.detail = False
        self.session = WildSession(self.exchange, self.random)
        self.file = folder / "ledger.sqlite"
        self.alerts = Alerts()
        self.answers: deque[Sequence[Message]] = deque()
        self.heard_all_ms = self.now_ms
        self._epoch = 0
        self._store: SqliteStore | None = None
        self.begin()

    @property
    def now_ms(self) -> TimeMs:
        """The exchange's time, and everybody's."""
        return TimeMs(self.exchange.now_ms)

    # --- lives -------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """A new life, as after SIGKILL: what was not committed is gone, and so is every piece of mail."""
        if self._store is not None:
            self._store._database.close()
        self._epoch += 1
        self._store = SqliteStore(self.file, "a book", f"life {self._epoch}")
        self._store._database.execute("PRAGMA synchronous=OFF")  # the power does not fail here
        self._database = DatabaseCore(self._store)
        self._maker = CoreMaker(self.config, self._epoch, watching_speed=1.0)
        self.answers.clear()
        self.router = Router(self._cores(), self.symbols, self.now_ms)
        self.router.run(RunStarted(f"life {self._epoch}", self.now_ms, "walk", self.symbols, "0"))
        self.router.start()
        self.join()

    def _cores(self) -> Mapping[Address, Core[Any]]:
        maker = self._maker
        managers = {address_of(Role.POSITION_MANAGER, each): maker.position_manager(each) for each in self.symbols}
        expected = [*managers, address_of(Role.ACCOUNT)]
        workers = {
            address_of(Role.EXCHANGE_WORKER, each): WildWorker(
                each, self.session, self.random, self.answers, self.category
            )
            for each in range(WORKERS)
        }
        return {
            address_of(Role.SUPERVISOR): SupervisorCore(expected, self.symbols, lambda _address: None),
            address_of(Role.DATABASE): self._database,
            address_of(Role.ALERTING): self.alerts,
            **workers,
            address_of(Role.RATE_LIMITER): RateLimiterCore(),
            address_of(Role.ACCOUNT): maker.account(),
            **managers,
        }

    def join(self) -> None:
        """The private stream comes up; what was pushed before nobody hears."""
        for stream in self.session.pushes.values():
            stream.clear()
        self.heard_all_ms = self.now_ms
        self.tell(PrivateStreamUp(self.now_ms))

    def cut(self) -> None:
        """The private stream is lost for a while."""
        self.tell(StreamLost(Stream.PRIVATE, self.now_ms, "cut"))
        self.wait(self.random.randrange(100, 3_000))
        self.join()

    def replace(self, address: Address) -> None:
        """An actor dies and another one takes its place, as the supervisor has it done; its mail is lost."""
        role, _, symbol = address.partition("/")
        self._database.commit()
        core: Core[Any] = (
            self._maker.account() if role == Role.ACCOUNT else self._maker.position_manager(Symbol(symbol))
        )
        self.router._handlers[address] = core.handle
        self.router._by_addresses.clear()
        for each in self.symbols:
            self.router._fix_routes(each)
        self.tell(Started(address, self.now_ms))
        if role == Role.ACCOUNT:
            self.tell(PrivateStreamUp(self.now_ms))
        else:
            self.tell(StreamJoined(Symbol(symbol), Stream.PRIVATE, self.now_ms))

    # --- news and time -----------------------------------------------------------------------------------------

    def tell(self, *messages: Message) -> None:
        """Have messages delivered, and everything that follows from them."""
        self.router.now_ms = self.now_ms
        self.router.run(*messages)

    def hear(self) -> bool:
        """One piece of news or one answer, of any that are next; False if there is none."""
        streams = [each for each in self.session.pushes.values() if each]
        kinds = len(streams) + bool(self.answers)
        if not kinds:
            return False
        chosen = self.random.randrange(kinds)
        if chosen < len(streams):
            self.tell(*messages_of(streams[chosen].popleft(), self.now_ms, self.category))
        else:
            self.tell(*self.answers.popleft())
        return True

    def hear_all(self) -> None:
        """Until nothing is on its way."""
        while self.hear():
            pass
        self.heard_all_ms = self.now_ms
        self._database.commit()

    def wait(self, ms: int) -> None:
        """Let time pass. News may be late, but not by more than can be borne."""
        end_ms = self.now_ms + ms
        while self.now_ms < end_ms:
            next_ms = min(
                end_ms, self.heard_all_ms + BEARABLE_MS - 200, self.router.next_alarm_ms or end_ms,
                *(at_ms for at_ms, _, _ in self.session.late),
            )  # fmt: skip
            self.session.take(self.exchange.step(max(next_ms, self.now_ms)))
            self.session.arrive(self.now_ms)
            if not self.session.is_wild or self.now_ms >= self.heard_all_ms + BEARABLE_MS - 200:
                self.hear_all()
            if (self.router.next_alarm_ms or end_ms + 1) <= self.now_ms:
                self.router.now_ms = self.now_ms
                self.router.wake()

    def quiet(self) -> None:
        """Everything that is under way comes to its end."""
        self.session.is_wild = False
        self.hear_all()
        self.wait(QUIET_MS)
        self.hear_all()

    # --- what there is -----------------------------------------------------------------------------------------

    def ask(self, path: str, **params: object) -> list[dict[str, Any]]:
        """Rows of the exchange's answer to the account's owner."""
        asked = {"category": self.category, **params}
        envelope, _ = self.exchange.request(ACCOUNT, "GET", path, asked, self.now_ms)
        rows: list[dict[str, Any]] = envelope["result"]["list"]
        return rows

    def do(self, path: str, **params: object) -> int:
        """What the account's owner does in the app; the retCode."""
        asked = {"category": self.category, **params}
        envelope, pushes = self.exchange.request(ACCOUNT, "POST", path, asked, self.now_ms)
        self.session.take(pushes)
        return int(envelope["retCode"])

    def positions(self) -> list[dict[str, Any]]:
        """Open positions by the exchange."""
        return [row for row in self.ask("/v5/position/list", settleCoin=self.config.settle_coin) if row["size"] != "0"]

    def open_orders(self) -> list[dict[str, Any]]:
        """Open orders by the exchange."""
        return self.ask("/v5/order/realtime", settleCoin=self.config.settle_coin, limit=50)

    def differences(self) -> list[str]:
        """Between the ledger and the exchange's own books."""
        self._database.commit(everything=True)
        with closing(LedgerReader(self.file)) as reader:
            compared = compare_books(reader.books(), self.exchange.books(ACCOUNT))
        return [f"{each.what}: {each.ledger}, not {each.exchange}" for each in compared if not each.equal]

    def close(self) -> None:
        """Let go of the file."""
        if self._store is not None:
            self._store._database.close()
