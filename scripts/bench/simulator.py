"""How quick the simulated exchange is, and how much memory it takes.

    .venv/bin/python scripts/bench/simulator.py             everything, about a minute
    .venv/bin/python scripts/bench/simulator.py core        create + cancel and create + fill in the core
    .venv/bin/python scripts/bench/simulator.py bars        bars through the candles feed (of invented candle files)
    .venv/bin/python scripts/bench/simulator.py frames      order book frames served to one subscriber
    .venv/bin/python scripts/bench/simulator.py --profile core

Each line is the median of several rounds. An order's creation, cancelling and fill count one operation each. Pushes are
made always; "read" means that their frames are written too, as for a subscriber.
"""

import argparse
import cProfile
import pstats
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from websockets.sync.client import connect

from bot.simulator.child import SimulatorProcess
from bot.simulator.exchange import AccountSeed, Exchange, ExchangeSettings
from bot.simulator.feeds.candles import CandleFeed
from bot.simulator.feeds.synthetic import SyntheticFeed
from bot.simulator.settings import SimulatorSettings

ROUNDS = 5
ORDERS = 2_000
BARS = 200_000
FRAMES_S = 4.0
SYMBOLS = tuple(f"COIN{number:03d}USDT" for number in range(100))
LIMIT = {"category": "linear", "symbol": "BTCUSDT", "orderType": "Limit", "qty": "0.001"}
MARKET = {"category": "linear", "symbol": "BTCUSDT", "orderType": "Market", "qty": "0.001"}
MINUTE_MS = 60_000
START_MS = 1_767_571_200_000


class Trader:
    """One account that talks to the core as the server does for it; it reads its pushes or does not."""

    def __init__(self, exchange: Exchange, *, reads: bool = True) -> None:
        self._exchange = exchange
        self._reads = reads

    def post(self, path: str, params: Mapping[str, Any]) -> dict[str, Any]:
        exchange = self._exchange
        answer, pushes = exchange.request("main", "POST", path, params, exchange.now_ms)
        if answer["retCode"]:
            raise SystemExit(f"{path}: {answer['retMsg']}")
        if self._reads:
            for push in pushes:
                push.frame()
        result: dict[str, Any] = answer["result"]
        return result


def settings() -> ExchangeSettings:
    return ExchangeSettings((AccountSeed("main", Decimal(1_000_000)),))


def create_and_cancel(*, reads: bool) -> tuple[int, float]:
    """Orders that rest and are cancelled: two operations each."""
    trader = Trader(Exchange(SyntheticFeed(("BTCUSDT",)), settings()), reads=reads)
    started = time.perf_counter()
    for number in range(ORDERS):
        trader.post("/v5/order/create", LIMIT | {"side": "Buy", "price": "85000", "orderLinkId": f"bench-{number}"})
        trader.post("/v5/order/cancel", {"category": "linear", "symbol": "BTCUSDT", "orderLinkId": f"bench-{number}"})
    return 2 * ORDERS, time.perf_counter() - started


def create_and_fill(*, reads: bool) -> tuple[int, float]:
    """Market orders that open and close a position: a creation and a fill each."""
    trader = Trader(Exchange(SyntheticFeed(("BTCUSDT",)), settings()), reads=reads)
    started = time.perf_counter()
    for number in range(ORDERS):
        trader.post("/v5/order/create", MARKET | {"side": "Sell" if number % 2 else "Buy"})
    return 2 * ORDERS, time.perf_counter() - started


def write_candles(folder: Path) -> None:
    """A quiet random walk of one-minute candles."""
    rng = np.random.default_rng(1)
    closes = np.round(60_000 + np.cumsum(rng.normal(0, 5, BARS)), 1)
    opens = np.concatenate(([60_000.0], closes[:-1]))
    wick = np.round(np.abs(rng.normal(0, 3, BARS)), 1)
    frame = pd.DataFrame(
        {
            "timestamp": START_MS + np.arange(BARS, dtype=np.int64) * MINUTE_MS,
            "open": opens,
            "high": np.round(np.maximum(opens, closes) + wick, 1),
            "low": np.round(np.minimum(opens, closes) - wick, 1),
            "close": closes,
            "volume": np.round(rng.lognormal(3, 1, BARS), 3),
        }
    )
    frame.to_parquet(folder / "BTCUSDT_1m.parquet")


def play(folder: Path, prepare: Callable[[Trader], None]) -> tuple[int, float]:
    """Play all candles; whatever is pushed is rendered."""
    feed = CandleFeed(folder, ("BTCUSDT",), START_MS + 1_000 * MINUTE_MS, None)
    exchange = Exchange(feed, settings())
    exchange.subscribe("kline.1.BTCUSDT")
    exchange.step()
    prepare(Trader(exchange))
    bars, started = 0, time.perf_counter()
    while not exchange.finished:
        bars += bool(exchange.step())
    return bars, time.perf_counter() - started


def hold_and_rest(trader: Trader) -> None:
    """A position, and two orders far from the market."""
    trader.post("/v5/order/create", MARKET | {"side": "Buy", "qty": "1"})
    trader.post("/v5/order/create", LIMIT | {"side": "Buy", "price": "30000"})
    trader.post("/v5/order/create", LIMIT | {"side": "Sell", "price": "120000", "reduceOnly": True})
    trader.post(
        "/v5/position/trading-stop",
        {"category": "linear", "symbol": "BTCUSDT", "positionIdx": 0, "tpslMode": "Full", "stopLoss": "20000"},
    )


def served_frames() -> tuple[int, float, int]:
    """Frames of orderbook.50 of all symbols that one subscriber gets, and the server's memory in KiB.

    Every symbol is looked at once in a market second, at a speed that asks for more than the machine can give.
    """
    wanted = SimulatorSettings(symbols=SYMBOLS, speed=400.0, ack_delay_ms=0, detail=True, detail_step_ms=1000)
    with SimulatorProcess(wanted) as process:
        uri = f"{process.endpoints.ws}/v5/public/linear"
        with connect(uri, max_size=None, compression=None) as stream:
            for symbol in SYMBOLS:
                stream.send(f'{{"op":"subscribe","args":["orderbook.50.{symbol}"]}}')
            for _ in range(4 * len(SYMBOLS)):
                stream.recv(decode=False)
            frames, started = 0, time.perf_counter()
            while (seconds := time.perf_counter() - started) < FRAMES_S:
                stream.recv(decode=False)
                frames += 1
        return frames, seconds, memory_kib(process.pid)


def memory_kib(pid: int | None) -> int:
    """Resident memory of a process at its highest."""
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


def report(name: str, unit: str, rounds: list[float], aim: int) -> None:
    middle = statistics.median(rounds)
    spread = f"{min(rounds):,.0f} to {max(rounds):,.0f}"
    print(f"{name:<44}{middle:>12,.0f} {unit:<9} aim {aim:>9,}   ({spread})")


def bench_core() -> None:
    for name, work in (("create + cancel", create_and_cancel), ("create + fill", create_and_fill)):
        for reads in (False, True):
            rates = [count / seconds for count, seconds in (work(reads=reads) for _ in range(ROUNDS))]
            report(f"core, {name}, pushes {'read' if reads else 'unread'}", "ops/s", rates, 20_000)


def bench_bars() -> None:
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        folder = Path(place)
        write_candles(folder)
        plays: tuple[tuple[str, Callable[[Trader], None], int], ...] = (
            ("nothing resting", lambda _trader: None, 200_000),
            ("a position and two orders", hold_and_rest, 50_000),
        )
        for name, prepare, aim in plays:
            rates = [bars / seconds for bars, seconds in (play(folder, prepare) for _ in range(3))]
            report(f"candles, {name}", "bars/s", rates, aim)


def bench_frames() -> None:
    rounds = [served_frames() for _ in range(3)]
    report("orderbook.50 of 100 symbols, served", "frames/s", [count / seconds for count, seconds, _ in rounds], 10_000)
    peak = max(memory for *_, memory in rounds) / 1024
    print(f"{'memory of that server at its highest':<44}{peak:>12,.0f} MiB       aim       500")


BENCHES = {"core": bench_core, "bars": bench_bars, "frames": bench_frames}


def main() -> None:
    """Measure what was asked for and print a line each."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("what", nargs="*", choices=[*BENCHES, []], help="default: all")
    parser.add_argument("--profile", action="store_true", help="show where the time goes")
    wanted = parser.parse_args()
    for name in wanted.what or BENCHES:
        if wanted.profile:
            profile = cProfile.Profile()
            profile.runcall(BENCHES[name])
            pstats.Stats(profile).sort_stats("tottime").print_stats(35)
        else:
            BENCHES[name]()


if __name__ == "__main__":
    main()
