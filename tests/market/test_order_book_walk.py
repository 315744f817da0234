"""Long random walks of a book, with everything that a connection can do to it, beside a book of dicts."""

from random import Random

import pytest

from bot.domain.values import Side
from bot.market.order_book import OrderBook
from tests.market.book_model import T0, TOPIC, DictBook, Rows, assert_equal, frame, raw

SIZES = ("0", "1", "0.001", "5.25")
FRAMES = 300


def rows(random: Random, best: float, direction: int, *, whole: bool) -> Rows:
    """Levels from one best price outwards; now and then far away from it, or the same one twice."""
    reach = random.choice((30, 30, 300, 30_000))
    changes = [
        (f"{best + direction * random.randint(0, reach) / 10:.1f}", random.choice(SIZES))
        for _ in range(random.randint(0, 12))
    ]
    return [row for row in changes if not whole or row[1] != "0"]


@pytest.mark.parametrize("seed", range(12))
def test_gaps_repetitions_restarts_and_crossings(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - a walk that can be repeated
    book, model, last, is_sound = OrderBook(TOPIC, "0.1"), DictBook(), 0, False
    for number in range(FRAMES):
        kind = "snapshot" if random.random() < 0.06 or number == 0 else "delta"
        at_random = random.random() < 0.05 or kind == "snapshot"
        u = random.choice((1, last, last + 2, max(last - 5, 1))) if at_random else last + 1
        whole = kind == "snapshot" or u == 1
        bids, asks = rows(random, 60000.0, -1, whole=whole), rows(random, 60000.1, 1, whole=whole)
        if random.random() < 0.01:
            bids = [*bids, ("60001.0", "1")]
        pushed = frame(kind, u, bids, asks, ts=T0 + number)
        book.apply(raw(pushed))
        if whole or (is_sound and u == last + 1):
            model.apply(pushed)
            last, is_sound = u, not (model.bids and model.asks and model.bids[0][0] >= model.asks[0][0])
        else:
            is_sound = False
        assert (book.problem is None) is is_sound
        if is_sound:
            assert_equal(book, model)
        has_prices = is_sound and bool(model.bids) and bool(model.asks)
        assert book.best_bid == (model.bids[0][0] if has_prices else None)
        assert book.best_ask == (model.asks[0][0] if has_prices else None)
        assert (book.top is not None) is book.is_readable is has_prices
        assert is_sound or book.levels(Side.BUY) == book.levels(Side.SELL) == []
