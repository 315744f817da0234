"""The delay line keeps its order and forgets on close."""

import asyncio

from bot.simulator.server.delay_line import DelayLine

DELAY_S = 0.005


def test_items_come_out_later_and_in_order() -> None:
    async def scenario() -> list[int]:
        out: list[int] = []
        complete = asyncio.Event()

        def take(number: int) -> None:
            out.append(number)
            if len(out) == 1000:
                complete.set()

        line = DelayLine[int](DELAY_S, take)
        began_s = asyncio.get_running_loop().time()
        for number in range(1000):
            line.put(number)
        assert not out
        await asyncio.wait_for(complete.wait(), 5)
        assert asyncio.get_running_loop().time() - began_s >= DELAY_S
        assert len(line) == 0
        return out

    assert asyncio.run(scenario()) == list(range(1000))


def test_without_delay_items_pass_at_once() -> None:
    out: list[int] = []
    DelayLine[int](0, out.append).put(7)
    assert out == [7]


def test_a_closed_line_delivers_nothing_more() -> None:
    async def scenario() -> list[int]:
        out: list[int] = []
        later = asyncio.Event()
        line = DelayLine[int](DELAY_S, out.append)
        barrier = DelayLine[int](2 * DELAY_S, lambda _item: later.set())
        line.put(1)
        barrier.put(2)
        line.close()
        await asyncio.wait_for(later.wait(), 5)
        return out

    assert asyncio.run(scenario()) == []
