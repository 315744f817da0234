"""Every REST method of unmodified pybit that a trading bot calls: answered, and with every documented field."""

from typing import Any

import pytest
from pybit.unified_trading import HTTP

from bot.simulator.ready import Endpoints
from bot.simulator.routes.table import ROUTES
from bot.simulator.server.endpoints import ENDPOINTS
from tests.simulator.clients.ccxt_client import key_of
from tests.simulator.clients.documented import PAYLOADS, examples, fields, spelled
from tests.simulator.clients.rest_calls import STEPS, Results, Step
from tests.simulator.clients.rest_fields import FIELDS
from tests.simulator.server.pybit_clients import rest_session

NO_LOANS = "there are no loans"
ABSENT = {
    "account/borrow-history": ("result.list[].", NO_LOANS),
    "market/delivery-price linear": ("result.list[].", "nothing expires: there are only perpetual contracts"),
    "account/set-margin-mode": ("result.reasons[].", "reasons come with a refusal, which is the other step"),
    "position/list linear": ("result.list[].mmrSysUpdateTime", "a slip of the page: its table has mmrSysUpdatedTime"),
    "position/list inverse": ("result.list[].mmrSysUpdateTime", "a slip of the page: its table has mmrSysUpdatedTime"),
}
"""Fields of the documentation's examples that are not there: what their paths begin with, and why."""


@pytest.fixture(scope="module")
def answers(at: Endpoints) -> dict[str, Any]:
    """The envelope of every step by its title."""
    key = key_of("table")
    session = rest_session(
        at,
        api_key=key["apiKey"],
        api_secret=key["secret"],
        ignore_codes={step.code for step in STEPS if step.code},  # pybit returns these instead of raising
    )
    results: Results = {}
    return {step.title: _take(session, step, results) for step in STEPS}


def _take(session: Any, step: Step, results: Results) -> Any:
    params = step.params(results) if callable(step.params) else step.params
    if step.method:
        answer = getattr(session, step.method)(**params)
    else:
        answer = session._submit_request("GET", f"{session.endpoint}/v5/{step.path}", params, auth=True)
    results[step.title] = answer["result"]
    return answer


def test_every_path_is_called() -> None:
    called = {f"/v5/{step.path}" for step in STEPS}
    assert called == {path for _, path in ENDPOINTS}
    assert len({step.title for step in STEPS}) == len(STEPS) - 1, "only switch-mode comes twice"


def test_pybit_has_the_methods() -> None:
    assert all(hasattr(HTTP, step.method) for step in STEPS if step.method)
    assert {step.path for step in STEPS if not step.method} == {"position/symbol-info"}


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.title)
def test_each_call_is_answered_with_every_field(answers: dict[str, Any], step: Step) -> None:
    answer = answers[step.title]
    assert answer["retCode"] == step.code
    assert set(answer) == {"retCode", "retMsg", "result", "retExtInfo", "time"}
    assert fields(answer["result"]) == spelled(FIELDS.get(step.title, ""))


@pytest.mark.skipif(not PAYLOADS.is_dir(), reason="the documentation's examples are not at hand")
@pytest.mark.parametrize("step", [step for step in STEPS if step.page], ids=lambda step: step.title)
def test_no_answer_lacks_a_field_of_the_documentation(answers: dict[str, Any], step: Step) -> None:
    documented = fields(examples(step.page)[step.example])
    assert len(documented) > 1
    missing = documented - fields(answers[step.title])
    allowed = ABSENT.get(step.title)
    if allowed is None:
        assert not missing
    else:
        assert missing, "no longer an exception"
        assert all(path.startswith(allowed[0]) for path in missing)


def test_batches_answer_for_each_order(answers: dict[str, Any]) -> None:
    for title in ("batch", "amended two", "cancelled two"):
        assert answers[title]["retExtInfo"] == {"list": [{"code": 0, "msg": "OK"}] * 2}
        assert all(row["orderId"] for row in answers[title]["result"]["list"])


def test_the_answers_fit_each_other(answers: dict[str, Any]) -> None:
    filled = answers["filled"]["result"]["orderId"]
    executions = answers["execution/list linear"]["result"]["list"]
    assert filled in {row["orderId"] for row in executions}
    (position,) = answers["position/list linear"]["result"]["list"]
    assert (position["side"], position["size"]) == ("Buy", "0.01")
    assert position["stopLoss"] == "0", "cancel-all without a filter takes the stops of positions too"
    stops = {row["stopOrderType"] for row in answers["order/realtime linear"]["result"]["list"]}
    assert stops == {"", "StopLoss"}
    (closed,) = answers["position/closed-pnl linear"]["result"]["list"]
    assert closed["orderId"] == answers["closed"]["result"]["orderId"]
    history = {row["orderId"]: row["orderStatus"] for row in answers["order/history linear"]["result"]["list"]}
    assert history[filled] == "Filled"
    assert history[answers["resting"]["result"]["orderId"]] == "Cancelled"
    log = answers["account/transaction-log"]["result"]["list"]
    assert {row["tradeId"] for row in log} >= {row["execId"] for row in executions}


def test_every_path_that_is_let_in_has_somebody_who_answers() -> None:
    assert set(ENDPOINTS) == set(ROUTES)


def test_what_is_not_served_is_not_found(at: Endpoints) -> None:
    session = rest_session(at, retry_codes=set())
    with pytest.raises(Exception, match="404"):
        session._submit_request("POST", f"{session.endpoint}/v5/account/set-hedging-mode", {}, auth=True)
