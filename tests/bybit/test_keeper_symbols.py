"""A stream that lives takes on other symbols, and gives some up."""

from bot.bybit.keeper import StreamKeeper
from bot.bybit.silence import SilenceWatch
from bot.bybit.topics import TopicList
from bot.domain.messages import (
    AlertRaised,
    CandleUpdate,
    PublicStreamUp,
    Severity,
    Stream,
    StreamJoined,
    TickerUpdate,
)
from bot.domain.values import Symbol
from bot.simulator.control_client import ControlClient
from bot.simulator.ready import Endpoints
from tests.bybit.conftest import BTC, ETH, QUICK, OpenStream, keys_of, venue_of
from tests.bybit.watcher import Watcher, eventually, public_topics


def topics(symbol: Symbol) -> dict[Symbol, tuple[str, ...]]:
    (batch,) = public_topics({symbol: "1"})
    return {symbol: tuple(batch)}


def open_for(symbols: tuple[Symbol, ...], simulated: Endpoints, watcher: Watcher) -> StreamKeeper:
    wanted = public_topics(dict.fromkeys(symbols, "1"))
    keeper = StreamKeeper(Stream.PUBLIC, venue_of(simulated), keys_of(simulated), wanted, symbols, watcher.owner, QUICK)
    keeper.start()
    watcher.wait_up()
    return keeper


def tickers(watcher: Watcher, symbol: Symbol) -> int:
    return sum(ticker.symbol == symbol for ticker in watcher.messages(TickerUpdate))


def test_a_symbol_joins_and_another_leaves_on_the_same_connection(simulated: Endpoints, watcher: Watcher) -> None:
    keeper = open_for((BTC,), simulated, watcher)
    try:
        keeper.follow(topics(ETH), topics(BTC))
        (joined,) = watcher.messages(StreamJoined)
        assert (joined.symbol, joined.stream) == (ETH, Stream.PUBLIC)
        eventually(lambda: tickers(watcher, ETH) > 2, "tickers of the one that came")
        before = tickers(watcher, BTC)
        more = tickers(watcher, ETH) + 5
        eventually(lambda: tickers(watcher, ETH) > more, "more of them")
        assert tickers(watcher, BTC) == before
        keeper.follow(topics(BTC), {})
        eventually(lambda: tickers(watcher, BTC) > before, "tickers of the one that came back")
        assert [each.symbol for each in watcher.messages(StreamJoined)] == [ETH, BTC]
        assert (watcher.ups, watcher.lost) == (1, [])
    finally:
        keeper.stop()


def test_a_new_connection_carries_the_symbols_of_now(
    simulated: Endpoints, control: ControlClient, watcher: Watcher
) -> None:
    keeper = open_for((BTC,), simulated, watcher)
    try:
        keeper.follow(topics(ETH), topics(BTC))
        control.disconnect("reset")
        watcher.wait_up(2)
        before = tickers(watcher, ETH)
        eventually(lambda: tickers(watcher, ETH) > before, "tickers on the new connection")
        assert len(watcher.messages(PublicStreamUp)) == 2
        assert len(watcher.messages(StreamJoined)) == 1
    finally:
        keeper.stop()


def test_a_stream_that_is_not_up_yet_begins_with_the_symbols_of_now(simulated: Endpoints, watcher: Watcher) -> None:
    keeper = StreamKeeper(Stream.PUBLIC, venue_of(simulated), keys_of(simulated), [], [], watcher.owner, QUICK)
    keeper.follow(topics(ETH), {})
    keeper.start()
    try:
        watcher.wait_up()
        eventually(lambda: bool(watcher.messages(CandleUpdate)), "candles")
        assert watcher.messages(StreamJoined) == []
    finally:
        keeper.stop()


def test_the_private_stream_only_lets_other_news_through(
    simulated: Endpoints, watcher: Watcher, open_stream: OpenStream
) -> None:
    keeper = open_stream(Stream.PRIVATE, venue_of(simulated), keys_of(simulated), symbols=(BTC,))
    watcher.wait_up()
    keeper.follow({ETH: ()}, {BTC: ()})
    assert [(each.symbol, each.stream) for each in watcher.messages(StreamJoined)] == [(ETH, Stream.PRIVATE)]
    assert watcher.lost == []


def test_silence_of_a_topic_counts_from_when_it_was_wanted() -> None:
    watch = SilenceWatch({"tickers": 2.0})
    watch.restart(["tickers.BTCUSDT"], 0.0)
    watch.restart(["tickers.ETHUSDT"], 10.0)
    assert watch.complaint({"tickers.BTCUSDT": 10.0}, 11.0) is None
    watch.keep_only({"tickers.BTCUSDT"})
    assert watch.complaint({"tickers.BTCUSDT": 99.0}, 100.0) is None
    assert watch.complaint({"tickers.BTCUSDT": 99.0}, 102.0) == "silent: tickers.BTCUSDT for 3.0 s"


def test_a_contract_that_is_not_listed_keeps_nobody_else_from_being_heard(
    simulated: Endpoints, watcher: Watcher
) -> None:
    gone = Symbol("OLDUSDT")
    wanted = public_topics(dict.fromkeys((BTC, gone, ETH), "1"))
    symbols = (BTC, gone, ETH)
    keeper = StreamKeeper(Stream.PUBLIC, venue_of(simulated), keys_of(simulated), wanted, symbols, watcher.owner, QUICK)
    keeper.start()
    try:
        watcher.wait_up()
        (alert,) = watcher.messages(AlertRaised)
        assert alert.severity is Severity.ERROR
        assert "kline.1.OLDUSDT, tickers.OLDUSDT" in alert.text
        assert len(watcher.lost) == 1
        eventually(lambda: min(tickers(watcher, BTC), tickers(watcher, ETH)) > 0, "tickers of the others")
    finally:
        keeper.stop()


def test_a_topic_is_given_up_only_when_it_is_unknown_twice_in_a_row() -> None:
    topics = TopicList([("a", "b"), ("c",)], ())
    assert list(topics.unknown({"c"})) == []
    topics.accepted()
    assert list(topics.unknown({"c"})) == []
    assert list(topics.unknown({"c", "a"})) == ["c"]
    assert topics.batches == [("a", "b")]
    topics.change({Symbol("CUSDT"): ("c",)}, {})
    assert topics.batches == [("a", "b"), ("c",)], "whoever adds it again has another try"


def test_an_exchange_that_knows_no_topic_at_all_is_not_believed() -> None:
    topics = TopicList([("a",), ("b",)], ())
    for _ in range(5):
        assert list(topics.unknown({"a", "b"})) == []
    assert topics.batches == [("a",), ("b",)]
