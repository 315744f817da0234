"""A short form of ``scripts/kill``: the same harness, a few points of each kind."""

import signal
from pathlib import Path

from tests.end_to_end.kill.campaign import Campaign, in_rounds, points
from tests.end_to_end.kill.checks import problems_of
from tests.end_to_end.kill.main import table
from tests.end_to_end.kill.points import Kind, Outcome, Point
from tests.end_to_end.kill.session import overrides
from tests.end_to_end.living_exchange import living_exchange

SHORT = (
    Point(Kind.SESSION, 14),
    Point(Kind.START, 3),
    Point(Kind.SESSION, 5),
    Point(Kind.REPLY, 0),
    Point(Kind.REQUEST, 0),
)


def test_a_few_kills_and_lost_answers(tmp_path: Path) -> None:
    told: list[Outcome] = []
    campaign = Campaign(tmp_path, 7, told.append)
    failed = campaign.run(SHORT, 1)
    assert [outcome.problems for outcome in told] == [()] * len(SHORT)
    assert failed is None
    assert all(outcome.reached and outcome.protected_s < 5 for outcome in told)
    assert [bool(outcome.struck_at) for outcome in told] == [True] * len(SHORT)
    assert table(told).row_count >= 4
    assert list(tmp_path.iterdir()) == []


def test_what_does_not_hold_is_found(tmp_path: Path) -> None:
    """The checks themselves: an order that nobody wrote down, and a fill that is not in the books."""
    with living_exchange(tmp_path, *overrides(5)) as exchange:
        life = exchange.start_bot()
        life.wait_until_ready()
        life.kill()
        assert life.process.returncode == -signal.SIGKILL
        order = {"category": "linear", "symbol": "BTCUSDT", "side": "Buy", "orderType": "Market", "qty": "0.01"}
        ask = {"path": "/v5/order/create", "params": {**order, "orderLinkId": "pyr-9-BTCUSDT-1e"}}
        assert exchange.control.request("POST", "request", ask)["retCode"] == 0
        found = problems_of(exchange)
    assert "pyr-9-BTCUSDT-1e is at the exchange, but was never written down" in found
    assert "executions: 0 in the ledger, 1 at the exchange" in found
    assert "BTCUSDT has no stop on the right side" in found


def test_every_commit_is_a_point_of_exactly_one_round() -> None:
    wanted = points(session=277, start=20, lost=30)
    rounds = in_rounds(wanted)
    assert sorted(each.number for part in rounds for each in part if each.kind is Kind.SESSION) == [*range(1, 278)]
    assert sum(len(part) for part in rounds) == len(wanted) == 277 + 20 + 2 * 30
    assert all(part[0].kind is Kind.START and len(part) <= 20 for part in rounds)
