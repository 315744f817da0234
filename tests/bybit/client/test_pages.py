"""Pages are read to their end, once each."""

from itertools import count

import pytest

from bot.bybit.client import Client
from bot.bybit.client.errors import TransientError
from bot.bybit.client.pages import PAGES_AT_MOST, every_row
from bot.bybit.client.values import Page


def test_all_instruments_page_by_page_over_the_wire(client: Client) -> None:
    rows = every_row("get_instruments_info", lambda cursor: client.market.get_instruments_info(limit=1, cursor=cursor))
    assert {row.symbol for row in rows} == {"BTCUSDT", "ETHUSDT"}


def test_a_page_that_comes_again_ends_it() -> None:
    rows = every_row("x", lambda _cursor: Page[int]((1,), next_page_cursor="a%3D"))
    assert [next(rows), next(rows)] == [1, 1]
    with pytest.raises(TransientError, match="twice"):
        next(rows)


def test_pages_without_end_are_not_read_for_ever() -> None:
    numbers = count()
    rows = every_row("x", lambda _cursor: Page[int]((), next_page_cursor=str(next(numbers))))
    with pytest.raises(TransientError, match="more than"):
        list(rows)
    assert next(numbers) == PAGES_AT_MOST
