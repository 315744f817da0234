"""The watch over topics that should speak."""

from bot.bybit.silence import SilenceWatch

TICKERS = ("tickers.BTCUSDT", "tickers.ETHUSDT")


def test_a_topic_that_speaks_is_fine_and_one_that_stops_is_named() -> None:
    watch = SilenceWatch({"tickers": 8.0})
    watch.restart(TICKERS, 100.0)
    heard = {"tickers.BTCUSDT": 110.0, "tickers.ETHUSDT": 103.0}
    assert watch.complaint(heard, 111.0) is None
    assert watch.complaint(heard, 111.5) == "silent: tickers.ETHUSDT for 8.5 s"


def test_a_topic_that_never_spoke_counts_from_the_start_of_the_connection() -> None:
    watch = SilenceWatch({"tickers": 8.0})
    watch.restart(TICKERS[:1], 100.0)
    assert watch.complaint({}, 107.9) is None
    assert watch.complaint({}, 108.1) is not None


def test_kinds_without_a_limit_are_not_watched() -> None:
    watch = SilenceWatch({"tickers": 8.0})
    watch.restart(("kline.1.BTCUSDT",), 100.0)
    assert watch.complaint({}, 10_000.0) is None


def test_patience_grows_where_a_new_connection_does_not_help_and_shrinks_when_it_did() -> None:
    watch = SilenceWatch({"tickers": 8.0})
    watch.restart(TICKERS[:1], 0.0)
    assert watch.complaint({}, 9.0) is not None
    watch.restart(TICKERS[:1], 10.0)
    assert watch.complaint({}, 25.0) is None
    assert watch.complaint({}, 27.0) is not None
    watch.restart(TICKERS[:1], 30.0)
    for second in range(31, 50):
        assert watch.complaint({TICKERS[0]: float(second)}, float(second)) is None
    assert watch.complaint({TICKERS[0]: 50.0}, 50.0) is None
    assert watch.complaint({TICKERS[0]: 50.0}, 58.5) is not None
