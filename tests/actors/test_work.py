"""Whether the bot has anything left to do."""

import threading
import time

from hypothesis import given
from hypothesis import strategies as st

from actors.work import WorkCount


@given(st.lists(st.integers(min_value=0, max_value=5)))
def test_it_is_idle_when_as_much_has_ended_as_began(bursts: list[int]) -> None:
    work = WorkCount()
    for burst in bursts:
        for _ in range(burst):
            work.begin()
        assert work.wait_idle(0) == (burst == 0)
        work.end(burst)
        assert work.wait_idle(0)


def test_whoever_waits_is_told_at_once() -> None:
    work = WorkCount()
    work.begin()
    waiting = threading.Event()
    answers: list[tuple[bool, float]] = []

    def wait() -> None:
        waiting.set()
        answers.append((work.wait_idle(10), time.monotonic()))

    thread = threading.Thread(target=wait)
    thread.start()
    assert waiting.wait(5)
    ended_s = time.monotonic()
    work.end()
    thread.join(5)
    ((idle, told_s),) = answers
    assert idle
    assert told_s - ended_s < 1


def test_many_threads_do_not_confuse_it() -> None:
    work = WorkCount()

    def toil() -> None:
        for _ in range(2_000):
            work.begin()
            work.end()

    threads = [threading.Thread(target=toil) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert work.wait_idle(0)
    work.begin()
    assert not work.wait_idle(0)
