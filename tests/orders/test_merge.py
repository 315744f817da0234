"""News of an order, in any order and as often as it likes to come, never takes the order back."""

from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.messages import OrderUpdate
from bot.domain.values import OrderStatus
from bot.orders.merge import REMEMBERED_AT_MOST, NewestOrders
from tests.core.samples import NOW, intent, order_update

OPEN = (OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED, OrderStatus.UNTRIGGERED, OrderStatus.TRIGGERED)


def state(status: OrderStatus, filled: int, at: int, order: int = 1) -> OrderUpdate:
    update = order_update(intent(), status, filled=str(filled), updated_ms=NOW + at)
    return msgspec.structs.replace(update, order_id=f"order {order}")


UPDATES = st.builds(state, st.sampled_from(list(OrderStatus)), st.integers(0, 5), st.integers(0, 5), st.integers(1, 3))


def kept(updates: Sequence[OrderUpdate]) -> list[OrderUpdate]:
    newest = NewestOrders()
    return [each for each in updates if newest.is_news(each)]


@st.composite
def lives(draw: st.DrawFn) -> list[OrderUpdate]:
    """What really happens to an order: time and fills go on, and it ends at most once, at the end."""
    fills = sorted(draw(st.lists(st.integers(0, 5), min_size=1, max_size=6)))
    statuses = [draw(st.sampled_from(OPEN)) for _ in fills]
    if draw(st.booleans()):
        statuses[-1] = draw(st.sampled_from((OrderStatus.FILLED, OrderStatus.CANCELLED)))
    return [state(status, filled, at) for at, (status, filled) in enumerate(zip(statuses, fills, strict=True))]


@given(lives().flatmap(lambda life: st.tuples(st.just(life), st.permutations(life * 2))))
def test_whatever_the_order_of_the_news_the_end_is_the_same(life: tuple[list[OrderUpdate], list[OrderUpdate]]) -> None:
    happened, told = life
    assert kept(happened) == happened
    assert kept(told)[-1] == happened[-1]


@given(st.lists(UPDATES))
def test_an_order_never_goes_back(updates: list[OrderUpdate]) -> None:
    seen: dict[str, OrderUpdate] = {}
    for news in kept(updates):
        before = seen.get(news.order_id)
        seen[news.order_id] = news
        if before is None:
            continue
        assert news.status.is_final or not before.status.is_final
        if news.status.is_final == before.status.is_final:
            assert news.cum_exec_qty >= before.cum_exec_qty
            assert news.cum_exec_qty > before.cum_exec_qty or news.updated_ms > before.updated_ms


@given(st.lists(UPDATES))
def test_nothing_is_news_twice(updates: list[OrderUpdate]) -> None:
    assert kept(updates + updates) == kept(updates)


@given(UPDATES)
def test_the_first_word_of_an_order_is_news(update: OrderUpdate) -> None:
    assert kept([update]) == [update]


@pytest.mark.parametrize("status", [OrderStatus.CANCELLED, OrderStatus.REJECTED, OrderStatus.FILLED])
def test_an_end_that_was_told_late_with_less_filled_still_ends_the_order(status: OrderStatus) -> None:
    partly, ended = state(OrderStatus.PARTIALLY_FILLED, 2, 3), state(status, 2, 2)
    assert kept([partly, ended, partly]) == [partly, ended]


def test_memory_has_an_end_and_forgets_the_oldest_first() -> None:
    newest = NewestOrders()
    for order in range(REMEMBERED_AT_MOST + 1):
        newest.is_news(state(OrderStatus.FILLED, 1, 0, order))
    assert newest.is_news(state(OrderStatus.FILLED, 1, 0, 0))
    assert not newest.is_news(state(OrderStatus.FILLED, 1, 0, REMEMBERED_AT_MOST))
