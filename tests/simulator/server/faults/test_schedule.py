"""Which fault strikes: counts, windows, draws."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.simulator.server.faults.kinds import (
    AnyFault,
    Delay,
    Drop,
    Fault,
    Lag,
    Omit,
    PortClosed,
    ReplyLost,
    RetCode,
    Skew,
    mistake_of,
)
from bot.simulator.server.faults.schedule import Event, Schedule, strikes

NOW_MS = 1_700_000_000_000
ORDER = Event("frame", "order", "/v5/private", "main")
CREATE = Event("request", "/v5/order/create")

faults = st.builds(
    Drop,
    at=st.sampled_from(["*", "order", "kline.*", "orderbook.50.BTCUSDT"]),
    first=st.integers(1, 5),
    last=st.none() | st.integers(1, 20),
    every=st.integers(1, 4),
    probability=st.floats(0, 1),
    seed=st.integers(0, 9),
    after_ms=st.integers(0, 50),
    for_ms=st.none() | st.integers(0, 200),
)
topics = st.sampled_from(["order", "kline.1.BTCUSDT", "orderbook.50.BTCUSDT", "wallet"])
events = st.lists(st.tuples(st.integers(0, 20), topics), max_size=80)


def played(planned: list[Drop], happening: list[tuple[int, str]]) -> list[bool]:
    schedule, now_ms = Schedule(), NOW_MS
    for fault in planned:
        schedule.add(fault, now_ms)
    struck = []
    for wait_ms, topic in happening:
        now_ms += wait_ms
        struck.append(schedule.strike(Event("frame", topic, "/v5/private"), now_ms) is not None)
    return struck


@given(st.lists(faults, max_size=4), events)
def test_the_same_schedule_strikes_the_same_way_again(planned: list[Drop], happening: list[tuple[int, str]]) -> None:
    assert played(planned, happening) == played(planned, happening)


@given(faults, events)
def test_the_report_adds_up(fault: Drop, happening: list[tuple[int, str]]) -> None:
    schedule, now_ms, struck = Schedule(), NOW_MS, 0
    schedule.add(fault, now_ms)
    for wait_ms, topic in happening:
        now_ms += wait_ms
        struck += schedule.strike(Event("frame", topic), now_ms) is not None
    [entry] = schedule.report()
    assert entry["struck"] == struck <= entry["seen"] <= len(happening)


@given(st.integers(0, 1000), st.floats(0.05, 0.95))
def test_draws_come_about_as_often_as_wanted(seed: int, probability: float) -> None:
    fault = Drop(probability=probability, seed=seed)
    share = sum(strikes(fault, number) for number in range(1, 2001)) / 2000
    assert abs(share - probability) < 0.08


def numbers(fault: Fault) -> list[int]:
    return [number for number in range(1, 13) if strikes(fault, number)]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Drop(nth=3), [3]),
        (Drop(first=10), [10, 11, 12]),
        (Drop(first=2, last=4), [2, 3, 4]),
        (Drop(every=5), [1, 6, 11]),
        (Drop(first=2, every=4, last=9), [2, 6]),
        (Drop(probability=0), []),
        (Drop(), list(range(1, 13))),
    ],
)
def test_which_occurrences_are_struck(fault: Drop, expected: list[int]) -> None:
    assert numbers(fault) == expected


def test_a_window_may_be_given_in_market_time_or_from_now() -> None:
    schedule = Schedule()
    schedule.add(Drop(after_ms=100, for_ms=50), NOW_MS)
    inside = [schedule.strike(ORDER, NOW_MS + at_ms) is not None for at_ms in (99, 100, 149, 150)]
    assert inside == [False, True, True, False]
    absolute = Schedule()
    absolute.add(Drop(from_ms=NOW_MS + 7, until_ms=NOW_MS + 9), 0)
    assert [absolute.strike(ORDER, NOW_MS + at_ms) is not None for at_ms in (6, 7, 8, 9)] == [False, True, True, False]


def test_only_events_of_its_place_name_path_and_account_count() -> None:
    schedule = Schedule()
    schedule.add(Drop(at="order", path="/v5/private", account="main", nth=2), NOW_MS)
    others = [
        CREATE,
        Event("trade", "order", "/v5/trade", "main"),
        Event("frame", "wallet", "/v5/private", "main"),
        Event("frame", "order", "/v5/private", "other"),
        Event("frame", "order", "/v5/public/linear", "main"),
    ]
    assert all(schedule.strike(each, NOW_MS) is None for each in [ORDER, *others])
    assert schedule.strike(ORDER, NOW_MS) is not None


def test_the_first_fault_wins_and_all_count() -> None:
    schedule = Schedule()
    schedule.add(RetCode(at="/v5/order/*", code=10016, nth=2), NOW_MS)
    schedule.add(ReplyLost(at="/v5/order/create", first=2), NOW_MS)
    struck = [schedule.strike(CREATE, NOW_MS) for _ in range(3)]
    assert [type(each) for each in struck] == [type(None), RetCode, ReplyLost]
    assert [(each["seen"], each["struck"]) for each in schedule.report()] == [(3, 1), (3, 1)]


def test_faults_can_be_taken_back() -> None:
    schedule = Schedule()
    first, second = schedule.add(Drop(), NOW_MS), schedule.add(Drop(), NOW_MS)
    assert schedule.clear(first) == 1
    assert [each["id"] for each in schedule.report()] == [second]
    assert schedule.clear() == 1
    assert not schedule


def test_states_hold_in_their_window() -> None:
    schedule = Schedule()
    schedule.add(Skew(skew_ms=3000, for_ms=100), NOW_MS)
    schedule.add(Skew(skew_ms=-500), NOW_MS)
    schedule.add(PortClosed(after_ms=10, for_ms=10), NOW_MS)
    schedule.add(Lag(lag_ms=2000), NOW_MS)
    assert (schedule.skew_ms(NOW_MS), schedule.skew_ms(NOW_MS + 100)) == (2500, -500)
    closed = [schedule.port_closed(NOW_MS + at_ms) is not None for at_ms in (9, 10, 19, 20)]
    assert closed == [False, True, True, False]
    assert schedule.longest_lag_ms(NOW_MS) == 2000


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('{"fault": "drop", "at": "kline.*", "every": 3}', Drop(at="kline.*", every=3)),
        ('{"fault": "delay", "at": "order", "delay_ms": 5}', Delay(at="order", delay_ms=5)),
        ('{"fault": "omit", "field": "isReduceOnly"}', Omit(field="isReduceOnly")),
    ],
)
def test_faults_are_written_as_json(text: str, fault: AnyFault) -> None:
    assert msgspec.json.decode(text, type=AnyFault) == fault


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        (Drop(nth=0), "nth"),
        (Drop(every=0), "every"),
        (Drop(probability=1.5), "probability"),
        (Delay(delay_ms=-1), "delay_ms"),
        (Drop(), ""),
    ],
)
def test_mistakes_are_named(fault: Fault, word: str) -> None:
    assert mistake_of(fault).startswith(word)
    assert bool(mistake_of(fault)) == bool(word)
