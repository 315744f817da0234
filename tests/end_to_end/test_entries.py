"""Every kind of entry over the wire: the exchange's own order history is the proof, and a replay does the same."""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from actors.system import System
from actors.venue import open_venue
from bot.alerts.channels import AppriseChannel
from bot.backtest.run import backtest
from bot.bybit.pybit_session import PybitSession
from bot.bybit.session import Answer
from bot.commands.feed_options import feed_overrides
from bot.config.load import load_config
from bot.config.models import Config
from bot.config.secrets import SecretValues
from bot.simulator.feeds.synthetic import SyntheticFeed
from bot.storage.parity import first_difference
from bot.storage.reading import LedgerReader
from tests.actors.waiting import eventually
from tests.end_to_end.conftest import START_MS
from tests.end_to_end.running import ROOT

ENTRIES: Mapping[str, Mapping[str, Any]] = {
    "BTCUSDT": {
        "kind": "limit", "offset_fraction": 0.0005, "expiry_s": 20, "then": "chase", "chase_interval_s": 20,
        "chase_moves_max": 20,
    },
    "ETHUSDT": {
        "kind": "limit", "offset_fraction": 0.002, "expiry_s": 30, "then": "convert", "slippage_fraction": 0.001,
    },
    "SOLUSDT": {"kind": "post_only", "expiry_s": 120},
    "XRPUSDT": {"kind": "conditional", "trigger_fraction": 0.0003, "expiry_s": 300},
    "DOGEUSDT": {"kind": "layered", "layers_first_fraction": 0.0002, "layers_last_fraction": 0.001, "expiry_s": 240},
    "ADAUSDT": {"kind": "iceberg", "expiry_s": 240},
    "LTCUSDT": {"kind": "twap", "twap_duration_s": 60, "twap_slices": 4, "run_away_fraction": 0.001},
    "LINKUSDT": {
        "kind": "oco", "oco_dip_fraction": 0.0004, "oco_breakout_fraction": 0.0004, "expiry_s": 240,
        "slippage_fraction": 0.002,
    },
}  # fmt: skip
SETTINGS = (
    f"symbols={json.dumps([{'symbol': symbol, 'entry': entry} for symbol, entry in ENTRIES.items()])}",
    'strategy.params={"fast_period":2,"slow_period":5,"target_atr":6,"stop_atr":4}',
    "risk.max_open_positions=8",
    "risk.risk_per_trade=0.001",
)
FINAL = {"Filled", "Cancelled", "Deactivated", "Rejected"}


class Proof(NamedTuple):
    """A plan as the bot has recorded it, its intents, and its children as the exchange remembers them, oldest first."""

    plan: Mapping[str, Any]
    intents: Mapping[str, Mapping[str, Any]]
    children: list[Mapping[str, str]]

    @property
    def filled(self) -> list[Mapping[str, str]]:
        return [child for child in self.children if child["orderStatus"] == "Filled"]


def rows_of(file: Path, table: str) -> list[dict[str, Any]]:
    with closing(LedgerReader(file)) as reader:
        return [dict(row) for row in reader.rows(table)]


def history(session: PybitSession, symbol: str) -> Iterator[Mapping[str, str]]:
    cursor = ""
    while True:
        params = {"category": "linear", "symbol": symbol, "limit": 50, "cursor": cursor}
        reply = session.call("get_order_history", params)
        assert isinstance(reply, Answer), reply
        yield from reply.result["list"]
        cursor = reply.result["nextPageCursor"]
        if not cursor:
            return


def proofs_of(session: PybitSession, file: Path) -> dict[str, list[Proof]]:
    intents = rows_of(file, "orders")
    found: dict[str, list[Proof]] = {}
    for symbol in ENTRIES:
        rows = sorted(history(session, symbol), key=lambda row: (int(row["createdTime"]), row["orderLinkId"]))
        for plan in rows_of(file, "plans"):
            if plan["symbol"] == symbol:
                mine = {each["order_link_id"]: each for each in intents if each["plan_id"] == plan["plan_id"]}
                children = [row for row in rows if row["orderLinkId"] in mine]
                found.setdefault(symbol, []).append(Proof(plan, mine, children))
    return found


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """An invented market of two hours, written down as candles, and a symbol for every kind of entry."""
    folder = tmp_path_factory.mktemp("market")
    end_ms = START_MS + 120 * 60_000
    feed = SyntheticFeed(tuple(ENTRIES), seed=11, start_ms=START_MS, end_ms=end_ms)
    for symbol in ENTRIES:
        bars = feed.bars(symbol)
        rows = zip(bars.start, bars.open, bars.high, bars.low, bars.close, bars.volume, strict=True)
        lines = [",".join(map(repr, row)) for row in rows if row[0] >= START_MS - 600 * 60_000]
        text = "\n".join(["timestamp,open,high,low,close,volume", *lines]) + "\n"
        (folder / f"{symbol}_1m.csv").write_text(text, encoding="utf-8")
    span = feed_overrides(str(folder), "2026-01-05T00:00:00Z", "2026-01-05T02:00:00Z")
    return load_config(ROOT / "config.json", [*SETTINGS, *span, "simulator.speed=lockstep"], {}, None)


@pytest.fixture(scope="module")
def wire(config: Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, PybitSession]]:
    """The bot's database after it has played that market over the wire, and the exchange as it was left."""
    place = tmp_path_factory.mktemp("wire")
    venue = open_venue(config, "wire", place)
    session = PybitSession(venue.endpoints, venue.credentials)
    try:
        system = System(config, venue, place / "ledger.sqlite", "wire", AppriseChannel([], None, SecretValues()))
        system.start()
        eventually(system.milestones.finished.is_set, "the end of the market", 60.0)
        system.stop()
        yield place / "ledger.sqlite", session
    finally:
        venue.close(2.0)


@pytest.fixture(scope="module")
def proofs(wire: tuple[Path, PybitSession]) -> dict[str, list[Proof]]:
    return proofs_of(wire[1], wire[0])


def shown(proofs: dict[str, list[Proof]], symbol: str, children: int | None = None) -> Proof:
    """A plan that was filled wholly, with so many children."""
    return next(
        proof
        for proof in proofs[symbol]
        if proof.plan["reason"] == "filled" and children in {None, len(proof.children)}
    )


def test_every_child_is_over_has_a_stop_and_they_add_up_to_what_was_told(proofs: dict[str, list[Proof]]) -> None:
    for proof in (each for of_symbol in proofs.values() for each in of_symbol):
        refused = [each for each in proof.intents.values() if each["status"] == "Refused"]
        assert len(proof.children) == len(proof.intents) - len(refused) == proof.plan["children"] - len(refused)
        assert {child["orderStatus"] for child in proof.children} <= FINAL
        assert all(child["stopLoss"] for child in proof.children)
        filled = sum(Decimal(child["cumExecQty"]) for child in proof.children)
        assert filled == Decimal(proof.plan["filled_qty"]) <= Decimal(proof.plan["qty"])
        assert (proof.plan["state"], bool(proof.plan["reason"])) == ("over", True)
        if filled:
            value = sum(Decimal(child["avgPrice"] or 0) * Decimal(child["cumExecQty"]) for child in proof.children)
            assert Decimal(proof.plan["average_price"]) == pytest.approx(value / filled, rel=Decimal("1e-6"))


def test_a_chased_limit_is_one_order_whose_price_was_amended(proofs: dict[str, list[Proof]]) -> None:
    chased = [proof for proof in proofs["BTCUSDT"] if proof.plan["moves"] and proof.filled]
    assert all(len(proof.children) == 1 for proof in chased)
    moved = [
        child
        for proof in chased
        for child in proof.children
        if Decimal(child["price"]) != Decimal(proof.intents[child["orderLinkId"]]["price"])
    ]
    assert len(moved) >= 2, "the same id at another price than it was sent with"
    assert {(child["orderType"], child["timeInForce"], child["orderStatus"]) for child in moved} == {
        ("Limit", "GTC", "Filled")
    }


def test_a_converted_limit_is_cancelled_before_the_rest_takes_the_market(proofs: dict[str, list[Proof]]) -> None:
    limit, market = shown(proofs, "ETHUSDT", 2).children
    assert (limit["orderType"], limit["cancelType"]) == ("Limit", "CancelByUser")
    assert (market["orderType"], market["orderStatus"]) == ("Market", "Filled")
    assert (market["slippageToleranceType"], market["slippageTolerance"]) == ("Percent", "0.1")
    assert int(market["createdTime"]) >= int(limit["updatedTime"])
    assert Decimal(limit["cumExecQty"]) + Decimal(market["qty"]) == Decimal(limit["qty"])


def test_a_post_only_entry_never_takes(proofs: dict[str, list[Proof]]) -> None:
    for child in shown(proofs, "SOLUSDT").children:
        assert child["timeInForce"] == "PostOnly"
        assert child["orderStatus"] == "Filled" or child["rejectReason"] == "EC_PostOnlyWillTakeLiquidity"


def test_a_conditional_entry_waits_for_its_trigger(proofs: dict[str, list[Proof]]) -> None:
    (child,) = shown(proofs, "XRPUSDT").children
    assert (child["stopOrderType"], child["orderType"]) == ("Stop", "Market")
    rises = child["side"] == "Buy"
    assert int(child["triggerDirection"]) == (1 if rises else 2)
    assert int(child["updatedTime"]) > int(child["createdTime"])


def test_a_layered_entry_is_several_resting_orders_at_once(proofs: dict[str, list[Proof]]) -> None:
    children = shown(proofs, "DOGEUSDT").children
    assert len(children) == len({child["price"] for child in children}) == 4
    assert {child["timeInForce"] for child in children} == {"PostOnly"}


def test_an_iceberg_shows_one_part_after_the_other(proofs: dict[str, list[Proof]]) -> None:
    proof = next(each for each in proofs["ADAUSDT"] if len(each.filled) >= 3)
    assert len({child["price"] for child in proof.children}) == 1
    for before, child in pairwise(proof.children):
        assert int(child["createdTime"]) >= int(before["updatedTime"])
        assert Decimal(child["qty"]) <= Decimal(proof.plan["qty"]) * Decimal("0.4")


def test_a_twap_is_slices_over_time(proofs: dict[str, list[Proof]]) -> None:
    children = shown(proofs, "LTCUSDT", 4).children
    assert {child["orderType"] for child in children} == {"Market"}
    times = [int(child["createdTime"]) for child in children]
    assert [later - earlier for earlier, later in pairwise(times)] == [15_000] * 3


def test_the_fill_of_one_leg_cancels_the_other_and_the_rest_follows(proofs: dict[str, list[Proof]]) -> None:
    proof = shown(proofs, "LINKUSDT", 3)
    legs = [child for child in proof.children if child["orderType"] == "Limit" or child["stopOrderType"] == "Stop"]
    (rest,) = [child for child in proof.children if child not in legs]
    (won,) = [leg for leg in legs if leg["orderStatus"] == "Filled"]
    (lost,) = [leg for leg in legs if leg is not won]
    assert lost["orderStatus"] in {"Cancelled", "Deactivated"}
    assert int(rest["createdTime"]) >= int(lost["updatedTime"])
    assert Decimal(rest["qty"]) <= Decimal(lost["qty"]) + Decimal("0.1")


def test_a_replay_gives_the_same_orders_with_every_kind_of_entry(
    wire: tuple[Path, PybitSession], config: Config, tmp_path: Path
) -> None:
    backtest(config, tmp_path / "backtest.sqlite", "backtest", lambda _now_ms, _bars: None)
    with closing(LedgerReader(wire[0])) as one, closing(LedgerReader(tmp_path / "backtest.sqlite")) as other:
        assert first_difference(one, other) is None
    plans = ("plan_id", "filled_qty", "average_price", "children", "moves", "state", "reason")
    told = [
        [[row[each] for each in plans] for row in rows_of(file, "plans")]
        for file in (wire[0], tmp_path / "backtest.sqlite")
    ]
    assert sorted(told[0]) == sorted(told[1])
