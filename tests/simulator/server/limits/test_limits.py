"""Counting of requests: rolling windows, users, addresses."""

from hypothesis import given
from hypothesis import strategies as st

from bot.simulator.routes.table import ROUTES
from bot.simulator.server.endpoints import ENDPOINTS
from bot.simulator.server.limits.addresses import AddressLimits, AddressRules
from bot.simulator.server.limits.users import UserLimits
from bot.simulator.server.limits.window import RollingWindow

NOW_MS = 1_700_000_000_000
CREATE = ENDPOINTS["POST", "/v5/order/create"]
BATCH = ENDPOINTS["POST", "/v5/order/create-batch"]
TIME = ENDPOINTS["GET", "/v5/market/time"]


@given(
    cap=st.integers(1, 5),
    steps=st.lists(st.tuples(st.integers(0, 400), st.integers(1, 7)), min_size=1, max_size=60),
)
def test_no_window_ever_holds_more_than_its_cap(cap: int, steps: list[tuple[int, int]]) -> None:
    window, now_ms, granted_at = RollingWindow(cap, 1000), NOW_MS, list[int]()
    for wait_ms, wanted in steps:
        now_ms += wait_ms
        inside = sum(at_ms > now_ms - 1000 for at_ms in granted_at)
        assert window.left(now_ms) == cap - inside
        granted = window.take(now_ms, wanted)
        assert granted == min(wanted, cap - inside), "it grants all it can"
        granted_at += [now_ms] * granted
        reset_ms = window.reset_ms(now_ms)
        if window.left(now_ms):
            assert reset_ms == now_ms
        else:
            assert now_ms < reset_ms <= now_ms + 1000
            assert window.left(reset_ms - 1) == 0
            assert window.left(reset_ms) > 0
            now_ms = reset_ms


def test_each_user_and_endpoint_has_its_own_window() -> None:
    limits = UserLimits(enforced=True)
    for left in range(9, -1, -1):
        allowance = limits.take("a", CREATE, "linear", NOW_MS)
        assert (allowance.granted, allowance.limit, allowance.left) == (1, 10, left)
        assert allowance.reset_ms == NOW_MS
    late = limits.take("a", CREATE, "inverse", NOW_MS + 999)
    assert late.granted == 0
    assert late.reset_ms > NOW_MS + 999
    assert limits.take("b", CREATE, "linear", NOW_MS + 999).granted == 1
    assert limits.take("a", CREATE, "spot", NOW_MS + 999).limit == 20
    assert limits.take("a", CREATE, "linear", NOW_MS + 1000).granted == 1


def test_the_stamp_of_a_refusal_is_still_ahead_when_the_client_reads_it() -> None:
    limits = UserLimits(enforced=True)
    for _ in range(10):
        limits.take("a", CREATE, "linear", NOW_MS)
    late = limits.take("a", CREATE, "linear", NOW_MS + 999)
    assert late.granted == 0
    assert late.reset_ms >= NOW_MS + 999 + 100, "pybit sleeps until the stamp and breaks on one that has passed"


def test_a_batch_costs_its_orders() -> None:
    limits = UserLimits(enforced=True)
    assert limits.take("a", BATCH, "linear", NOW_MS, wanted=7).granted == 7
    assert limits.take("a", BATCH, "linear", NOW_MS, wanted=7).granted == 3
    assert limits.take("a", CREATE, "linear", NOW_MS).granted == 1, "single orders have their own window"


def test_what_is_not_limited_says_so_and_never_runs_out() -> None:
    limits = UserLimits(enforced=True)
    assert all(limits.take(None, TIME, None, NOW_MS).granted for _ in range(1000))
    free = UserLimits(enforced=False)
    assert all(free.take("a", CREATE, "linear", NOW_MS).left == 9 for _ in range(100))


def test_one_request_too_many_bans_the_address_for_a_while() -> None:
    limits = AddressLimits(AddressRules(requests=3, window_ms=5000, ban_ms=600_000), enforced=True)
    assert [limits.admit_request("a", NOW_MS) for _ in range(4)] == [True, True, True, False]
    assert limits.admit_request("b", NOW_MS)
    assert not limits.admit_request("a", NOW_MS + 599_999)
    assert limits.admit_request("a", NOW_MS + 600_000)


def test_stream_connections_are_counted_per_address_and_kind() -> None:
    limits = AddressLimits(AddressRules(connects=4, live=2), enforced=True)
    assert limits.connect("a", "/v5/private", NOW_MS)
    assert limits.connect("a", "/v5/private", NOW_MS)
    assert not limits.connect("a", "/v5/private", NOW_MS), "two at a time"
    assert limits.connect("a", "/v5/trade", NOW_MS)
    limits.leave("a", "/v5/private")
    assert limits.connect("a", "/v5/private", NOW_MS)
    limits.leave("a", "/v5/private")
    assert not limits.connect("a", "/v5/private", NOW_MS), "four in five minutes"
    assert limits.connect("a", "/v5/private", NOW_MS + 300_000)


def test_the_trade_stream_takes_so_many_a_second() -> None:
    limits = AddressLimits(AddressRules(trade_requests=2), enforced=True)
    assert [limits.admit_trade("a", NOW_MS) for _ in range(3)] == [True, True, False]
    assert limits.admit_trade("a", NOW_MS + 1000)


def test_every_path_of_the_core_has_a_door() -> None:
    assert not ROUTES.keys() - ENDPOINTS.keys()
    assert {key for key in ROUTES if ROUTES[key].private} == {key for key in ROUTES if ENDPOINTS[key].signed}


def test_a_clock_that_was_ahead_locks_nobody_out_when_it_is_right_again() -> None:
    ahead_ms = NOW_MS + 3_600_000
    users = UserLimits(enforced=True)
    assert users.take("a", BATCH, "linear", ahead_ms, 10).granted == 10
    assert users.take("a", BATCH, "linear", NOW_MS, 10).granted == 10
    addresses = AddressLimits(AddressRules(requests=2), enforced=True)
    assert [addresses.admit_request("127.0.0.1", ahead_ms) for _ in range(3)] == [True, True, False]
    assert not addresses.admit_request("127.0.0.1", ahead_ms + 1)
    assert addresses.admit_request("127.0.0.1", NOW_MS)
