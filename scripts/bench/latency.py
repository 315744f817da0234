"""How long the bot takes from a closing bar to the order, over the wire, beside a bare pybit callback.

    .venv/bin/python scripts/bench/latency.py                     5 and 50 symbols, 100 orders each
    .venv/bin/python scripts/bench/latency.py --symbols 5 --orders 50

The clock starts when websocket-client hands the kline frame that closes a bar to pybit, and stops when requests is
given the signed order to send. Both programs run in this process against a simulated exchange of their own, one after
the other; read the ratio, not the times. Traffic stays on 127.0.0.1.
"""

import argparse
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pybit._websocket_stream as pybit_stream
import requests

from actors.system import System
from actors.venue import CLOSE_S, Venue, open_venue
from bot.alerts.channels import AppriseChannel
from bot.bybit.keeper import StreamKeeper
from bot.bybit.keeper_settings import KeeperSettings
from bot.bybit.pybit_session import PybitSession
from bot.bybit.receiver import StreamOwner
from bot.config.load import load_config
from bot.config.models import Config
from bot.domain.messages import CandleUpdate, Message, Stream
from bot.domain.values import Symbol

ROOT = Path(__file__).resolve().parent.parent.parent
REAL = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT", "DOGEUSDT")
LONGEST_RUN_S = 300.0
BARS_PER_ORDER = 5
"""The bare callback orders on every so-manieth bar of a symbol, about as often as the averages cross."""


class Stopwatch:
    """Pairs the last closing frame of a symbol with the order that follows it. Thread-safe enough: one writer a key."""

    def __init__(self, orders_wanted: int) -> None:
        self._closed_ns: dict[str, int] = {}
        self._orders_wanted = orders_wanted
        self.delays_us: list[float] = []
        self.enough = threading.Event()

    def bar_closed(self, symbol: str) -> None:
        """A frame that closes a bar of ``symbol`` was read."""
        self._closed_ns[symbol] = time.perf_counter_ns()

    def order_leaves(self, symbol: str) -> None:
        """An order for ``symbol`` is handed to the network. Counts once per bar."""
        closed = self._closed_ns.pop(symbol, None)
        if closed is None:
            return
        self.delays_us.append((time.perf_counter_ns() - closed) / 1000)
        if len(self.delays_us) >= self._orders_wanted:
            self.enough.set()


@contextmanager
def timed(watch: Stopwatch) -> Iterator[None]:
    """Put the stopwatch at both ends: where pybit gets a frame, and where requests sends an order."""
    manager = pybit_stream._WebSocketManager  # noqa: SLF001 - the one place that every frame passes
    on_message, send = manager._on_message, requests.Session.send  # noqa: SLF001

    def timed_on_message(self: Any, message: str, *rest: Any) -> None:  # noqa: ANN401 - pybit's own signature
        if '"kline.' in message and '"confirm":true' in message:
            watch.bar_closed(message.partition('"topic":"kline.')[2].partition('"')[0].partition(".")[2])
        on_message(self, message, *rest)

    def timed_send(self: requests.Session, request: requests.PreparedRequest, **how: Any) -> requests.Response:  # noqa: ANN401
        if (
            request.url is not None
            and request.url.endswith("/v5/order/create")
            and isinstance(request.body, str | bytes)
        ):
            body = request.body if isinstance(request.body, str) else request.body.decode()
            watch.order_leaves(body.partition('"symbol": "')[2].partition('"')[0])
        return send(self, request, **how)

    manager._on_message, requests.Session.send = timed_on_message, timed_send  # type: ignore[method-assign]  # noqa: SLF001
    try:
        yield
    finally:
        manager._on_message, requests.Session.send = on_message, send  # type: ignore[method-assign]  # noqa: SLF001


def configured(count: int) -> Config:
    """The default configuration with ``count`` symbols, room for all of them and money enough for every order."""
    names = [*REAL, *(f"COIN{number}USDT" for number in range(count - len(REAL)))][:count]
    symbols = "[" + ",".join(f'"{name}"' for name in names) + "]"
    changes = [f"symbols={symbols}", f"risk.max_open_positions={count}", "risk.risk_per_trade=0.0002"]
    changes += ["strategy.params.fast_period=3", "strategy.params.slow_period=8"]
    changes += ["strategy.params.rsi_long_max=100", "strategy.params.rsi_short_min=0"]
    changes += ["strategy.params.atr_fraction_min=0", "simulator.starting_balance_quote=1000000", "simulator.speed=30"]
    return load_config(ROOT / "config.json", changes, {}, None)


def measure_bot(config: Config, venue: Venue, place: Path, watch: Stopwatch) -> None:
    """Run the whole bot until it has sent enough orders."""
    system = System(config, venue, place / "ledger.sqlite", "bench", AppriseChannel([], None, config.secret_values()))
    system.start()
    try:
        if not system.milestones.ready.wait(60):
            raise SystemExit("the bot did not get ready within 60 s")
        watch.enough.wait(LONGEST_RUN_S)
    finally:
        system.stop()


def measure_bare(config: Config, venue: Venue, _place: Path, watch: Stopwatch) -> None:
    """What one would write first: a callback on pybit's thread that calls place_order itself."""
    session = PybitSession(venue.endpoints, venue.credentials)
    bars = dict.fromkeys(config.symbol_names, 0)

    def on_message(message: Message) -> None:
        if not isinstance(message, CandleUpdate) or not message.confirmed:
            return
        bars[message.symbol] += 1
        offset = config.symbol_names.index(message.symbol)
        if (bars[message.symbol] + offset) % BARS_PER_ORDER == 0:
            session.call("place_order", bare_order(message.symbol))

    topics = [[f"kline.1.{symbol}", f"tickers.{symbol}"] for symbol in config.symbol_names]
    owner = StreamOwner(on_message, lambda _: None, venue.clock.now_ms)
    keeper = StreamKeeper(Stream.PUBLIC, venue.endpoints, None, topics, config.symbol_names, owner, KeeperSettings())
    keeper.start()
    watch.enough.wait(LONGEST_RUN_S)
    keeper.stop()
    session.close()


def bare_order(symbol: Symbol) -> Mapping[str, Any]:
    """The smallest order that any of the symbols takes."""
    return {
        "category": "linear", "symbol": symbol, "side": "Buy", "orderType": "Market", "qty": "1", "positionIdx": 0,
    }  # fmt: skip


def run(measure: Callable[[Config, Venue, Path, Stopwatch], None], symbols: int, orders: int) -> list[float]:
    """Delays in microseconds of one program against an exchange of its own."""
    config = configured(symbols)
    watch = Stopwatch(orders)
    with tempfile.TemporaryDirectory(prefix="latency-") as folder:
        venue = open_venue(config, "bench", Path(folder))
        try:
            with timed(watch):
                measure(config, venue, Path(folder), watch)
        finally:
            venue.close(CLOSE_S)
    return sorted(watch.delays_us)


def quantile(delays: list[float], part: float) -> float:
    """The delay that ``part`` of all delays do not exceed."""
    return delays[min(len(delays) - 1, int(len(delays) * part))]


def main() -> None:
    """Measure and print one line per program and number of symbols."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--symbols", type=int, nargs="+", default=[5, 50], help="numbers of symbols (default: 5 50)")
    parser.add_argument("--orders", type=int, default=100, help="orders to wait for in each run (default: 100)")
    wanted = parser.parse_args()
    print(f"{'symbols':>8}  {'program':<14}{'orders':>7}{'p50 us':>10}{'p99 us':>10}{'mean us':>10}")
    for symbols in wanted.symbols:
        medians = {}
        for name, measure in (("bare callback", measure_bare), ("bot", measure_bot)):
            delays = run(measure, symbols, wanted.orders)
            if not delays:
                raise SystemExit(f"{name} sent no order within {LONGEST_RUN_S:g} s")
            medians[name] = quantile(delays, 0.5)
            p50, p99, mean = medians[name], quantile(delays, 0.99), statistics.fmean(delays)
            print(f"{symbols:>8}  {name:<14}{len(delays):>7}{p50:>10.0f}{p99:>10.0f}{mean:>10.0f}", flush=True)
        print(f"{symbols:>8}  ratio of medians, bot to bare callback: {medians['bot'] / medians['bare callback']:.2f}")


if __name__ == "__main__":
    main()
