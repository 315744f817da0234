"""A market played from recorded public frames: files of JSON lines, each a frame as Bybit sent it."""

import heapq
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from bot.simulator.feeds.bars import Bars
from bot.simulator.feeds.contract import FeedError
from bot.simulator.frames.frame import BOOK, KLINE, TICKERS, TRADES, Frame, FrameError, read_frame, split_topic
from bot.simulator.frames.frame_exchange import Sent
from bot.simulator.instruments import (
    CATEGORIES,
    MAX_DECIMALS,
    Category,
    Instrument,
    category_of,
    make_instrument,
    symbol_of,
    with_finer_tick,
)
from bot.simulator.intervals import MINUTE_MS

WORD = re.compile(r"[a-z]+")


@dataclass(slots=True)
class _Found:
    """What a first look through the files tells of one market."""

    topics: set[str] = field(default_factory=set)
    price: Decimal | None = None
    decimals: int = 0

    def note(self, frame: Frame) -> None:
        self.topics.add(frame.topic)
        kind, data = frame.parts.kind, frame.data
        texts: list[str] = []
        if kind == BOOK:
            texts = [price for price, _ in (*data.b, *data.a)]
            if self.price is None and data.b and data.a:
                self.price = Decimal(data.b[0][0])
        elif kind == TRADES:
            texts = [row.p for row in data]
        elif kind == TICKERS:
            texts = [data["lastPrice"]] if data.get("lastPrice") else []
        elif kind == KLINE:
            texts = [row.close for row in data]
        if texts and self.price is None and kind != BOOK:
            self.price = Decimal(texts[0])
        self.decimals = max((self.decimals, *map(_decimals, texts)))


class CaptureFeed:
    """The frames of a file or of all `.jsonl` files of a folder (and of its folders), in the order of their times.

    Within a file the order is that of the lines. Lines that are no data (answers, pongs) are left out. A frame does
    not say of which category it is: a file whose path has the word linear, inverse or spot in it has frames of that
    category, any other file has frames of the market of that symbol that is played.

    Construction reads everything once, to check it and to learn the finest tick; playing reads it again.

    Args:
        path: the file or folder.
        symbols: market ids; their rules are the known ones, with a finer tick if the prices need it.

    Raises:
        FeedError: a file is missing or no JSON, or there is no frame for a symbol; it names the file and line.
    """

    def __init__(self, path: Path, symbols: Sequence[str]) -> None:
        self.symbols = tuple(symbols)
        self.interval_ms = MINUTE_MS
        self._files = [(file, _category(file, path)) for file in _files(path)]
        self._found = {symbol: _Found() for symbol in symbols}
        times = [self._check(file, category) for file, category in self._files]
        for symbol, found in self._found.items():
            if found.price is None:
                raise FeedError(f"{path}: no frame with a price for {symbol}")
        known = [each for each in times if each is not None]
        self.start_ms = min(first for first, _ in known)
        self.end_ms: int | None = max(last for _, last in known)
        self._bars = {symbol: Bars() for symbol in symbols}
        self._instruments = {symbol: self._rules(symbol, number) for number, symbol in enumerate(symbols, start=1)}

    def instrument(self, symbol: str) -> Instrument:
        return self._instruments[symbol]

    def bars(self, symbol: str) -> Bars:
        return self._bars[symbol]

    def extend(self) -> bool:
        return False

    def first_price(self, symbol: str) -> Decimal:
        return self._found[symbol].price or Decimal(0)

    def has_topic(self, symbol: str, topic: str) -> bool:
        return topic in self._found[symbol].topics

    def want(self, symbol: str, topic: str) -> None:
        """They come anyway."""

    def book_topic(self, symbol: str) -> str:
        books = [each for each in self._found[symbol].topics if split_topic(each).kind == BOOK]
        return max(books, key=lambda topic: int(split_topic(topic).detail), default="")

    def frames(self) -> Iterator[Sent]:
        """All frames by time."""
        return heapq.merge(
            *(self._play(file, category) for file, category in self._files), key=lambda sent: sent.frame.ts_ms
        )

    def _play(self, file: Path, category: Category | None) -> Iterator[Sent]:
        for _, frame in _read(file):
            yield Sent(frame, category)

    def _check(self, file: Path, category: Category | None) -> tuple[int, int] | None:
        """Look through a file; returns the times of its first and last frame of a market that is played."""
        first_ms: int | None = None
        last_ms = 0
        for line, frame in _read(file):
            markets = [each for each in self.symbols if _is_of(each, frame.parts.name, category)]
            if len(markets) > 1:
                raise FeedError(
                    f"{file}:{line}: is {frame.parts.name} {' or '.join(map(category_of, markets))}? "
                    "Put the category into the name of the file"
                )
            for market in markets:
                self._found[market].note(frame)
                first_ms = frame.ts_ms if first_ms is None else min(first_ms, frame.ts_ms)
                last_ms = max(last_ms, frame.ts_ms)
        return None if first_ms is None else (first_ms, last_ms)

    def _rules(self, symbol: str, number: int) -> Instrument:
        found = self._found[symbol]
        rules = make_instrument(symbol, number, float(found.price or 0))
        while rules.price_scale < min(found.decimals, MAX_DECIMALS):
            rules = with_finer_tick(rules)
        return rules


@lru_cache(maxsize=100_000)
def _decimals(price: str) -> int:
    return len(price.partition(".")[2].rstrip("0"))


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise FeedError(f"{path}: there is no such file or folder of recorded frames")
    files = sorted(path.rglob("*.jsonl"))
    if not files:
        raise FeedError(f"{path}: no file of recorded frames (.jsonl) in it")
    return files


def _category(file: Path, root: Path) -> Category | None:
    """The category that the name of a file tells, or those of its folders."""
    within = file.relative_to(root) if file != root else Path(file.name)
    words = set(WORD.findall(str(within).lower()))
    named = [each for each in CATEGORIES if each in words]
    return named[0] if len(named) == 1 else None


def _is_of(market: str, symbol: str, category: Category | None) -> bool:
    return symbol_of(market) == symbol and category in {None, category_of(market)}


def _read(file: Path) -> Iterator[tuple[int, Frame]]:
    """Every frame of a file with the number of its line."""
    try:
        with file.open("rb") as lines:
            for number, text in enumerate(lines, start=1):
                line = text.strip()
                if not line:
                    continue
                try:
                    frame = read_frame(line)
                except FrameError as error:
                    raise FeedError(f"{file}:{number}: {error}") from None
                if frame is not None:
                    yield number, frame
    except OSError as error:
        raise FeedError(f"{file}: {error.strerror}") from error
