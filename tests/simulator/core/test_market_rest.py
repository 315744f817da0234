"""Market endpoints: every documented field, pages, windows, and the retCode of every bad parameter."""

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.simulator.core.support import MINUTE_MS, START_MS, Session, synthetic

PAYLOADS = Path(__file__).parents[4] / "shared/data/payloads/bybit_docs_v5_examples"
HOUR_MS = 60 * MINUTE_MS
LINEAR = {"category": "linear", "symbol": "BTCUSDT"}


@pytest.fixture(scope="module")
def session() -> Session:
    session = synthetic("BTCUSDT", "ETHUSDT", "BTCUSD", "spot:BTCUSDT", *(f"Z{number:02}USDT" for number in range(20)))
    session.play(10.3)
    return session


def _code(session: Session, path: str, **params: Any) -> int:
    envelope, _ = session.exchange.request(None, "GET", f"/v5/{path}", params, session.exchange.now_ms)
    return int(envelope["retCode"])


DOCUMENTED = [
    ("market__time", "market/time", {}),
    ("market__kline", "market/kline", {"category": "inverse", "symbol": "BTCUSD", "interval": "60"}),
    ("market__mark-kline", "market/mark-price-kline", {**LINEAR, "interval": "15"}),
    ("market__index-kline", "market/index-price-kline", {"category": "inverse", "symbol": "BTCUSD", "interval": "1"}),
    ("market__premium-index-kline", "market/premium-index-price-kline", {**LINEAR, "interval": "D"}),
    ("market__instrument", "market/instruments-info", LINEAR),
    ("market__instrument", "market/instruments-info", {"category": "spot", "symbol": "BTCUSDT"}),
    ("market__tickers", "market/tickers", {"category": "inverse", "symbol": "BTCUSD"}),
    ("market__tickers", "market/tickers", {"category": "spot", "symbol": "BTCUSDT"}),
    ("market__orderbook", "market/orderbook", {"category": "spot", "symbol": "BTCUSDT"}),
    ("market__recent-trade", "market/recent-trade", {"category": "spot", "symbol": "BTCUSDT", "limit": "1"}),
    ("market__history-fund-rate", "market/funding/history", {**LINEAR, "limit": "1"}),
    ("market__open-interest", "market/open-interest", {**LINEAR, "intervalTime": "1d"}),
    ("market__risk-limit", "market/risk-limit", {"category": "inverse", "symbol": "BTCUSD"}),
    ("market__insurance", "market/insurance", {"coin": "USDT"}),
    ("market__order-price-limit", "market/price-limit", LINEAR),
    ("market__adl-alert", "market/adlAlert", {"symbol": "BTCUSDT"}),
    ("market__long-short-ratio", "market/account-ratio", {**LINEAR, "period": "1h"}),
]


def _examples(name: str) -> list[dict[str, Any]]:
    """The answers of a page of the documentation; some are text with remarks and dots in it."""
    found: list[dict[str, Any]] = []
    for entry in json.loads((PAYLOADS / f"{name}.json").read_text()):
        if entry["section"] != "Response Example":
            continue
        if "json" in entry:
            found.append(entry["json"])
            continue
        text = re.sub(r"^\s*(//.*|\.{3,},?)$", "", entry["text"], flags=re.MULTILINE)
        text = re.sub(r",(\s*[\]}])", r"\1", text)
        decoder = json.JSONDecoder()
        while text.strip():
            example, end = decoder.raw_decode(text.strip())
            found.append(example)
            text = text.strip()[end:]
    return [example["result"] for example in found]


def _missing(wanted: Any, got: Any, where: str = "") -> list[str]:
    """Fields of an example that an answer lacks, by path; only the first rows of lists are compared."""
    if isinstance(wanted, dict) and isinstance(got, dict):
        lacking = [f"{where}.{name}" for name in wanted if name not in got]
        shared = (name for name in wanted if name in got)
        return lacking + [each for name in shared for each in _missing(wanted[name], got[name], f"{where}.{name}")]
    if isinstance(wanted, list) and isinstance(got, list) and wanted:
        if not got:
            return [f"{where}[0]"]
        if not isinstance(wanted[0], dict | list):
            return [] if len(wanted) == len(got) else [f"{where}: {len(wanted)} columns"]
        return _missing(wanted[0], got[0], f"{where}[0]")
    return [] if type(wanted) is type(got) else [f"{where}: {type(got).__name__} for {type(wanted).__name__}"]


@pytest.mark.skipif(not PAYLOADS.is_dir(), reason="the documentation's payloads are not on this machine")
@pytest.mark.parametrize(("page", "path", "params"), DOCUMENTED)
def test_no_documented_field_is_missing(session: Session, page: str, path: str, params: dict[str, Any]) -> None:
    got = session.get(path, **params)
    category = params.get("category")
    examples = [
        each
        for each in _examples(page)
        if each.get("category", category) in {category, "inverse" if category == "linear" else category}
        and not (each.get("list") and isinstance(each["list"][0], dict) and each["list"][0].get("isPreListing"))
    ]
    assert examples
    assert [_missing(example, got) for example in examples] == [[] for _ in examples]


def test_instruments_are_paged_by_symbol(session: Session) -> None:
    seen: list[str] = []
    cursor = ""
    for _ in range(20):
        page = session.get("market/instruments-info", category="linear", limit="7", cursor=cursor)
        seen += [row["symbol"] for row in page["list"]]
        cursor = page["nextPageCursor"]
        if not cursor:
            break
    assert seen == sorted(seen)
    assert len(seen) == 22
    assert "nextPageCursor" not in session.get("market/instruments-info", category="spot")


def test_only_what_trades_is_listed_unless_asked_for() -> None:
    session = synthetic("BTCUSDT", "NEWUSDT")
    session.exchange.set_status("NEWUSDT", "PreLaunch")
    listed = {
        status: [row["symbol"] for row in session.get("market/instruments-info", category="linear", **params)["list"]]
        for status, params in {"": {}, "PreLaunch": {"status": "PreLaunch"}}.items()
    }
    assert listed == {"": ["BTCUSDT"], "PreLaunch": ["NEWUSDT"]}
    ticker = session.get("market/tickers", category="linear", symbol="NEWUSDT")["list"][0]
    assert ticker["curPreListingPhase"] == "NotStarted"
    session.exchange.set_status("NEWUSDT", "Closed")
    assert session.get("market/tickers", category="linear", symbol="NEWUSDT")["list"] == []


def test_risk_limits_come_fifteen_symbols_a_page(session: Session) -> None:
    first = session.get("market/risk-limit", category="linear")
    second = session.get("market/risk-limit", category="linear", cursor=first["nextPageCursor"])
    symbols = [list(dict.fromkeys(row["symbol"] for row in page["list"])) for page in (first, second)]
    assert [len(each) for each in symbols] == [15, 7]
    assert not second["nextPageCursor"]
    ids = [row["id"] for page in (first, second) for row in page["list"]]
    assert len(set(ids)) == len(ids)
    rows = session.get("market/risk-limit", **LINEAR)["list"]
    assert rows[1] == {
        "id": rows[1]["id"], "symbol": "BTCUSDT", "riskLimitValue": "2600000", "maintenanceMargin": "0.0056",
        "initialMargin": "0.0112", "isLowestRisk": 0, "maxLeverage": "89.28", "mmDeduction": "1200",
    }  # fmt: skip


def test_mark_candles_join_and_surround_the_mark(session: Session) -> None:
    for path in ("market/mark-price-kline", "market/index-price-kline"):
        rows = session.get(path, **LINEAR, interval="1", limit="300")["list"]
        assert [int(row[0]) for row in rows] == [START_MS + (10 - number) * MINUTE_MS for number in range(300)]
        assert all(float(low) <= float(open_) <= float(high) for _, open_, high, low, _ in rows)
        five = session.get(path, **LINEAR, interval="5", start=str(START_MS), end=str(START_MS))["list"]
        parts = rows[6:11]
        assert five == [
            [
                str(START_MS), parts[-1][1], max((row[2] for row in parts), key=float),
                min((row[3] for row in parts), key=float), parts[0][4],
            ]
        ]  # fmt: skip
    ticker = session.get("market/tickers", **LINEAR)["list"][0]
    assert session.get("market/mark-price-kline", **LINEAR, interval="1")["list"][0][4] == ticker["markPrice"]
    assert session.get("market/index-price-kline", **LINEAR, interval="1")["list"][0][4] == ticker["indexPrice"]


def test_a_start_alone_gives_the_candles_that_follow_it(session: Session) -> None:
    for path in ("market/kline", "market/mark-price-kline"):
        rows = session.get(path, **LINEAR, interval="5", limit="300")["list"]
        start = str(int(rows[40][0]) - 1)
        assert session.get(path, **LINEAR, interval="5", start=start, limit="7")["list"] == rows[34:41]
        assert session.get(path, **LINEAR, interval="5", start=rows[3][0], limit="7")["list"] == rows[:4]
        assert session.get(path, **LINEAR, interval="5", start=start, end=rows[10][0], limit="7")["list"] == rows[10:17]
    earliest = session.get("market/kline", **LINEAR, interval="1", start="9999", limit="1")["list"]
    assert int(earliest[0][0]) < int(rows[-1][0])


def test_funding_history_needs_an_end_with_its_start(session: Session) -> None:
    rows = session.get("market/funding/history", **LINEAR, limit="3")["list"]
    assert [int(row["fundingRateTimestamp"]) for row in rows] == [START_MS - n * 8 * HOUR_MS for n in range(3)]
    start, end = str(START_MS - 24 * HOUR_MS), str(START_MS - 1)
    both = session.get("market/funding/history", **LINEAR, startTime=start, endTime=end)["list"]
    assert [int(row["fundingRateTimestamp"]) for row in both] == [START_MS - n * 8 * HOUR_MS for n in (1, 2, 3)]
    assert session.get("market/funding/history", **LINEAR, endTime=end)["list"][:3] == both
    assert _code(session, "market/funding/history", **LINEAR, startTime=start) == 10001


def test_open_interest_is_paged_by_time(session: Session) -> None:
    query = {**LINEAR, "intervalTime": "5min", "limit": "4"}
    first = session.get("market/open-interest", **query)
    second = session.get("market/open-interest", **query, cursor=first["nextPageCursor"])
    times = [int(row["timestamp"]) for row in first["list"] + second["list"]]
    assert times == [START_MS + (2 - number) * 5 * MINUTE_MS for number in range(8)]
    assert all(float(row["openInterest"]) > 0 for row in first["list"])


def test_trades_of_a_query_are_newest_first_and_have_their_own_limit(session: Session) -> None:
    rows = session.get("market/recent-trade", **LINEAR, limit="1000")["list"]
    assert len(rows) == 1000
    times = [int(row["time"]) for row in rows]
    assert times == sorted(times, reverse=True)
    assert len({row["execId"] for row in rows}) == 1000
    spot = session.get("market/recent-trade", category="spot", symbol="BTCUSDT")["list"]
    assert len(spot) == 60
    assert all(len(row["execId"]) == 19 for row in spot)


def test_the_book_has_the_depth_of_its_category(session: Session) -> None:
    depths = {
        category: len(session.get("market/orderbook", category=category, symbol=symbol)["a"])
        for category, symbol in (("spot", "BTCUSDT"), ("linear", "BTCUSDT"), ("inverse", "BTCUSD"))
    }
    assert depths == {"spot": 1, "linear": 25, "inverse": 25}
    assert len(session.get("market/orderbook", **LINEAR, limit="1000")["b"]) == 1000


def test_price_limits_follow_mark_and_index(session: Session) -> None:
    row, ticker = (
        session.get("market/price-limit", **LINEAR),
        session.get("market/tickers", **LINEAR)["list"][0],
    )
    mark, index = Decimal(ticker["markPrice"]), Decimal(ticker["indexPrice"])
    highest = min(mark * Decimal("1.02"), max(index, mark * Decimal("1.01")))
    lowest = max(mark * Decimal("0.98"), min(index, mark * Decimal("0.99")))
    assert 0 <= highest - Decimal(row["buyLmt"]) < Decimal("0.1")
    assert 0 <= Decimal(row["sellLmt"]) - lowest < Decimal("0.1")


def test_the_insurance_fund_is_told(session: Session) -> None:
    row = session.get("market/insurance", coin="USDT")["list"][0]
    assert "ETHUSDT" in row["symbols"].split(",")
    assert Decimal(row["balance"]) == session.exchange.insurance("USDT")
    assert {row["coin"] for row in session.get("market/insurance")["list"]} == {"USDT", "BTC"}


def test_there_is_no_maintenance(session: Session) -> None:
    assert session.get("system/status") == {"list": []}
    assert session.get("market/delivery-price", category="option")["list"] == []


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("market/kline", {"symbol": "BTCUSDT", "interval": "2"}),
        ("market/kline", {"symbol": "NOPE", "interval": "1"}),
        ("market/kline", {"symbol": "BTCUSDT", "interval": "1", "limit": "1001"}),
        ("market/kline", {"category": "option", "symbol": "BTCUSDT", "interval": "1"}),
        ("market/mark-price-kline", {"category": "spot", "symbol": "BTCUSDT", "interval": "1"}),
        ("market/premium-index-price-kline", {"category": "inverse", "symbol": "BTCUSD", "interval": "1"}),
        ("market/instruments-info", {}),
        ("market/instruments-info", {"category": "linear", "status": "Gone"}),
        ("market/instruments-info", {"category": "linear", "cursor": "nowhere"}),
        ("market/instruments-info", {"category": "inverse", "symbol": "BTCUSDT"}),
        ("market/tickers", {"symbol": "BTCUSDT"}),
        ("market/orderbook", {"category": "linear"}),
        ("market/orderbook", {"category": "linear", "symbol": "BTCUSDT", "limit": "0"}),
        ("market/recent-trade", {"category": "spot", "symbol": "BTCUSDT", "limit": "61"}),
        ("market/funding/history", {"category": "spot", "symbol": "BTCUSDT"}),
        ("market/funding/history", {"category": "linear"}),
        ("market/open-interest", {"category": "linear", "symbol": "BTCUSDT"}),
        ("market/open-interest", {"category": "linear", "symbol": "BTCUSDT", "intervalTime": "5min", "cursor": "x"}),
        ("market/open-interest", {**LINEAR, "intervalTime": "5min", "startTime": "9", "endTime": "3"}),
        ("market/account-ratio", {"category": "linear", "symbol": "BTCUSDT", "period": "2h"}),
        ("market/risk-limit", {"category": "spot"}),
        ("market/price-limit", {"category": "linear", "symbol": ""}),
        ("market/insurance", {"coin": "DOGE"}),
        ("market/adlAlert", {"symbol": "NOPE"}),
        ("market/delivery-price", {"category": "spot"}),
    ],
)
def test_bad_parameters_are_refused(session: Session, path: str, params: dict[str, Any]) -> None:
    assert _code(session, path, **params) == 10001
