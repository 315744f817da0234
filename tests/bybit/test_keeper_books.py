"""Order book and trades from the socket: bytes as they came, and a fresh snapshot when somebody asks for it."""

import json

import pytest

from bot.bybit.receiver import FrameReceiver
from bot.core.market_data import MarketDataCore
from bot.domain.messages import (
    BookFrame,
    CandleHistory,
    InstrumentLoaded,
    MarketDataIssue,
    MarketMoved,
    Message,
    PublicStreamUp,
    ResubscribeWanted,
    Stream,
    TickerUpdate,
    TradesSeen,
)
from bot.domain.values import TimeMs
from bot.market.needs import MarketNeeds
from bot.market.order_book import OrderBook
from bot.simulator.control_client import ControlClient
from bot.simulator.ready import Endpoints
from tests.bybit.conftest import BTC, ETH, OpenStream, venue_of
from tests.bybit.watcher import Watcher, eventually
from tests.core.samples import RULES
from tests.market.book_model import DictBook, assert_equal, frame, raw

TOPIC = "orderbook.50.BTCUSDT"
TOPICS = ((TOPIC, "publicTrade.BTCUSDT", "tickers.BTCUSDT"),)


def test_a_book_that_comes_over_the_wire_is_whole(
    simulated: Endpoints, watcher: Watcher, open_stream: OpenStream
) -> None:
    open_stream(Stream.PUBLIC, venue_of(simulated), None, topics=TOPICS)
    eventually(lambda: len(watcher.messages(BookFrame)) > 20, "frames of the book")
    eventually(lambda: len(watcher.messages(TradesSeen)) > 3, "trades")
    book, model = OrderBook(TOPIC, "0.1"), DictBook()
    for each in watcher.messages(BookFrame):
        book.apply(each.raw)
        model.apply(json.loads(each.raw))
        assert book.problem is None
        assert_equal(book, model)
    assert {trade.side.sign for seen in watcher.messages(TradesSeen) for trade in seen.trades} == {1, -1}


def test_a_topic_is_renewed_while_all_others_go_on(
    simulated: Endpoints, watcher: Watcher, open_stream: OpenStream
) -> None:
    keeper = open_stream(Stream.PUBLIC, venue_of(simulated), None, topics=TOPICS)
    watcher.wait_up()

    def snapshots() -> int:
        return sum(b'"type":"snapshot"' in each.raw for each in watcher.messages(BookFrame))

    eventually(lambda: snapshots() == 1, "the first snapshot")
    keeper.renew(TOPIC)
    keeper.renew("orderbook.50.ETHUSDT")  # nobody has subscribed to it
    eventually(lambda: snapshots() == 2, "a fresh snapshot")
    frames, tickers = len(watcher.messages(BookFrame)), len(watcher.messages(TickerUpdate))
    eventually(lambda: len(watcher.messages(BookFrame)) > frames + 3, "further frames of the book")
    eventually(lambda: len(watcher.messages(TickerUpdate)) > tickers, "further tickers")
    book = OrderBook(TOPIC, "0.1")
    for each in watcher.messages(BookFrame):
        book.apply(each.raw)
    assert book.problem is None
    assert watcher.lost == []


def test_texts_of_books_are_taken_and_those_of_others_left(watcher: Watcher) -> None:
    receiver = FrameReceiver(Stream.PUBLIC, (BTC,), watcher.owner, lambda: 7.0)
    ours, other = frame("delta", 5), frame("delta", 5, topic="orderbook.50.ETHUSDT")
    spaced = json.dumps(ours)
    assert receiver.takes_text(raw(ours).decode())
    assert receiver.takes_text(raw(other).decode())
    assert not receiver.takes_text(spaced)
    assert not receiver.takes_text('{"topic":"tickers.BTCUSDT","type":"delta","ts":1,"data":{}}')
    assert watcher.messages(BookFrame) == [BookFrame(BTC, raw(ours))]
    assert receiver.frames == 2
    assert receiver.heard_s == {TOPIC: 7.0, TOPIC.replace(BTC, ETH): 7.0}
    assert watcher.event_ms == ours["ts"]
    receiver.close()
    assert receiver.takes_text(raw(ours).decode())
    assert len(watcher.messages(BookFrame)) == 1


@pytest.mark.parametrize("fault", ["drop", "swap", "double"])
def test_a_book_with_a_frame_too_few_or_too_many_heals_on_the_same_connection(
    fault: str, simulated: Endpoints, control: ControlClient, watcher: Watcher, open_stream: OpenStream
) -> None:
    core = MarketDataCore(BTC, "1", 10, MarketNeeds(book_depth=50, moves_every_ms=1))
    core.handle(PublicStreamUp(TimeMs(0)), TimeMs(0))
    core.handle(InstrumentLoaded(BTC, RULES), TimeMs(0))
    core.handle(CandleHistory(BTC, "1", ()), TimeMs(0))
    keeper = open_stream(Stream.PUBLIC, venue_of(simulated), None, topics=TOPICS)
    heard, moves, issues = 0, 0, list[str]()
    wanted: list[Message] = []

    def listen() -> bool:
        """Pass on what has come since; whether a book was given out after the fault."""
        nonlocal heard, moves
        frames = watcher.messages(BookFrame)
        for each in frames[heard:]:
            now_ms = TimeMs(json.loads(each.raw)["ts"])
            for message in core.handle(each, now_ms):
                if isinstance(message, ResubscribeWanted):
                    wanted.append(message)
                    keeper.renew(message.topic)
                elif isinstance(message, MarketDataIssue):
                    issues.append(message.text)
                elif isinstance(message, MarketMoved):
                    moves += 1
        heard = len(frames)
        return bool(wanted)

    eventually(lambda: not listen() and moves > 3, "a book")
    control.faults({"fault": fault, "at": TOPIC, "nth": 1})
    eventually(listen, "a book that can not be used")
    before = moves
    eventually(lambda: listen() and moves > before + 3, "a book that can be used again")
    control.clear_faults()
    assert issues == ["the order book can not be used (updates are missing): asking for a new one"]
    assert watcher.lost == []
