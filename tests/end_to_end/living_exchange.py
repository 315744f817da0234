"""An exchange that outlives the bot, and the lives of the bot on it."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any, cast

import msgspec

from bot.bybit.pybit_session import PybitSession
from bot.bybit.session import Answer
from bot.bybit.venues import Credentials, simulator
from bot.performance.reconcile import Comparison, compare_books
from bot.simulator.child import SimulatorProcess
from bot.simulator.control_client import ControlClient
from bot.simulator.ready import Endpoints
from bot.storage.reading import LedgerReader
from bot.venue.simulator_settings import simulator_settings
from tests.actors.waiting import eventually
from tests.end_to_end.bot_on_given_exchange import Orders
from tests.end_to_end.process import environment
from tests.end_to_end.running import ROOT, TRADES_A_LOT, configured

READY_WITHIN_S = 15.0
STOPPED_WITHIN_S = 10.0


class Life:
    """One life of the bot, from its start to its end, whichever that is."""

    def __init__(self, run_id: str, process: subprocess.Popen[bytes], said: Path, complained: Path) -> None:
        self.run_id = run_id
        self.process = process
        self._said = said
        self._complained = complained

    @property
    def words(self) -> str:
        return self._said.read_text("utf-8") + self._complained.read_text("utf-8")

    def is_ready(self) -> bool:
        assert self.process.poll() is None, f"it ended: {self.words}"
        return "ready" in self._said.read_text("utf-8").splitlines()

    def wait_until_ready(self) -> None:
        eventually(self.is_ready, "readiness", READY_WITHIN_S)

    def kill(self) -> None:
        """End it as a power cut would: nothing of it runs any more when this returns."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """End it in good order; its exit code."""
        self.process.terminate()
        return self.process.wait(STOPPED_WITHIN_S)


class LivingExchange:
    """The exchange, its books, and the one state directory of the bot. Belongs to the test's thread."""

    def __init__(
        self, endpoints: Endpoints, control: ControlClient, state_dir: Path, overrides: tuple[str, ...]
    ) -> None:
        self.control = control
        self.database = state_dir / "ledger.sqlite"
        self._endpoints = endpoints
        self._state_dir = state_dir
        self._overrides = overrides
        self._config = configured(*overrides)
        self._session = PybitSession(
            simulator(endpoints.rest, endpoints.ws), Credentials(endpoints.api_key, endpoints.api_secret)
        )
        self._lives: list[Life] = []

    def start_bot(
        self, program: str = "tests.end_to_end.bot_on_given_exchange", environ: Mapping[str, str] | None = None
    ) -> Life:
        """A new life, on what the one before left behind."""
        number = len(self._lives) + 1
        run_id = f"life {number}"
        said, complained = (self._state_dir / f"{name} {number}" for name in ("said", "complained"))
        orders = Orders(
            config=str(ROOT / "config.json"),
            overrides=(*TRADES_A_LOT, *self._overrides),
            state_dir=str(self._state_dir),
            database=str(self.database),
            book="the account",
            run_id=run_id,
            exchange=self._endpoints,
        )
        with said.open("wb") as out, complained.open("wb") as errors:
            process = subprocess.Popen(
                [sys.executable, "-m", program],
                cwd=ROOT,
                env=environment(environ or {}),
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=errors,
                start_new_session=True,
            )
        self._lives.append(Life(run_id, process, said, complained))
        with cast("IO[bytes]", process.stdin) as stdin:  # opened as a pipe
            stdin.write(msgspec.json.encode(orders) + b"\n")
        return self._lives[-1]

    def end_all_lives(self) -> None:
        for life in self._lives:
            if life.process.poll() is None:
                life.kill()

    def books(self) -> dict[str, Any]:
        return self.control.books(self._endpoints.account)

    def ask(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Read the bot's database, beside the bot or after its end."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as database:
            return database.execute(sql, values).fetchall()

    def positions(self) -> list[dict[str, str]]:
        """The open positions as the exchange tells its clients."""
        return [row for row in self._list("get_positions", settleCoin=self._config.settle_coin) if row["size"] != "0"]

    def order_ids(self) -> list[str]:
        """The bot's id of every order that the exchange remembers of one symbol after the other."""
        rows = [
            row
            for symbol in self._config.symbol_names
            for row in self._list("get_order_history", symbol=symbol, limit=50)
        ]
        return [row["orderLinkId"] for row in rows if row["orderLinkId"]]

    def _list(self, method: str, **params: Any) -> list[dict[str, str]]:
        found: list[dict[str, str]] = []
        cursor = ""
        while True:
            reply = self._session.call(method, {"category": self._config.venue.category, "cursor": cursor, **params})
            assert isinstance(reply, Answer), reply
            assert reply.code == 0, reply
            found += reply.result["list"]
            cursor = reply.result.get("nextPageCursor", "")
            if not cursor:
                return found

    def differences(self) -> list[Comparison]:
        with closing(LedgerReader(self.database)) as reader:
            compared = compare_books(reader.books(), self.books())
        return [each for each in compared if not each.equal]

    def close(self) -> None:
        self._session.close()


@contextmanager
def living_exchange(state_dir: Path, *overrides: str) -> Iterator[LivingExchange]:
    """A simulated exchange that no bot started; it ends with the test."""
    settings = simulator_settings(configured(*overrides))
    with (
        SimulatorProcess(settings, state_dir / "simulator.log") as process,
        ControlClient(process.endpoints) as control,
    ):
        exchange = LivingExchange(process.endpoints, control, state_dir, overrides)
        try:
            yield exchange
        finally:
            exchange.end_all_lives()
            exchange.close()
