"""Laws that hold whatever is asked of the exchange."""

import json
from collections import defaultdict
from decimal import Decimal
from functools import cache
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.simulator.exchange import AccountSeed, Exchange, ExchangeSettings
from bot.simulator.routes.table import ROUTES
from tests.simulator.core.support import Session, one_day

BALANCE = "5000000"
SYMBOLS = ("BTCUSDT", "ETHUSDT")
STEP = {"BTCUSDT": Decimal("0.001"), "ETHUSDT": Decimal("0.01")}
TICK = {"BTCUSDT": Decimal("0.1"), "ETHUSDT": Decimal("0.01")}


symbols = st.sampled_from(SYMBOLS)
offsets = st.sampled_from([Decimal(each) / 1000 for each in (-9, -3, -1, 0, 1, 3, 9)])
orders = st.fixed_dictionaries(
    {
        "do": st.just("order"), "symbol": symbols, "side": st.sampled_from(["Buy", "Sell"]),
        "market": st.booleans(), "steps": st.integers(1, 9000), "offset": offsets,
        "reduceOnly": st.sampled_from([False, False, False, True]),
        "timeInForce": st.sampled_from(["GTC", "IOC", "FOK", "PostOnly"]),
        "tp": st.sampled_from([None, 2, 10]), "sl": st.sampled_from([None, 2, 10]),
    }
)  # fmt: skip
stops = st.fixed_dictionaries(
    {"do": st.just("stop"), "symbol": symbols, "tp": st.sampled_from([None, 0, 3]), "sl": st.sampled_from([0, 3])}
)
cancels = st.fixed_dictionaries({"do": st.sampled_from(["cancel", "cancel-all"]), "symbol": symbols})
leverages = st.fixed_dictionaries(
    {"do": st.just("leverage"), "symbol": symbols, "leverage": st.sampled_from(["1", "5", "50"])}
)
plays = st.fixed_dictionaries({"do": st.just("play"), "minutes": st.sampled_from([0.2, 1, 7, 60])})
any_action = st.one_of(orders, orders, orders, stops, cancels, leverages, plays, plays)
actions = st.lists(any_action, min_size=10, max_size=30)


def _away(session: Session, symbol: str, fraction: Decimal) -> str:
    mark = Decimal(session.position(symbol)["markPrice"])
    return str((mark * (1 + fraction) / TICK[symbol]).quantize(Decimal(1)) * TICK[symbol])


def _place(session: Session, action: dict[str, Any]) -> None:
    symbol, side = action["symbol"], action["side"]
    away = 1 if side == "Buy" else -1
    params = {
        "category": "linear", "symbol": symbol, "side": side, "reduceOnly": action["reduceOnly"],
        "orderType": "Market" if action["market"] else "Limit", "timeInForce": action["timeInForce"],
        "qty": str(STEP[symbol] * action["steps"]), "price": _away(session, symbol, action["offset"]),
    }  # fmt: skip
    if action["tp"]:
        params["takeProfit"] = _away(session, symbol, action["offset"] + away * Decimal(action["tp"]) / 1000)
    if action["sl"]:
        params["stopLoss"] = _away(session, symbol, action["offset"] - away * Decimal(action["sl"]) / 1000)
    if action["reduceOnly"]:
        params = {name: value for name, value in params.items() if name not in {"takeProfit", "stopLoss"}}
    before = _size(session, symbol)
    session.code("order/create", **params)
    if action["reduceOnly"]:
        after = _size(session, symbol)
        assert abs(after) <= abs(before)
        assert after * before >= 0


def _do(session: Session, action: dict[str, Any]) -> None:
    match action["do"]:
        case "order":
            _place(session, action)
        case "stop":
            symbol = action["symbol"]
            s = 1 if _size(session, symbol) > 0 else -1
            params = {"category": "linear", "symbol": symbol, "positionIdx": 0}
            for name, value, sign in (("takeProfit", action["tp"], s), ("stopLoss", action["sl"], -s)):
                if value is not None:
                    params[name] = _away(session, symbol, sign * Decimal(value) / 1000) if value else "0"
            session.code("position/trading-stop", **params)
        case "cancel":
            open_orders = session.get("order/realtime", category="linear", symbol=action["symbol"])["list"]
            if open_orders:
                order_id = open_orders[-1]["orderId"]
                session.post("order/cancel", category="linear", symbol=action["symbol"], orderId=order_id)
        case "cancel-all":
            session.post("order/cancel-all", category="linear", symbol=action["symbol"])
        case "leverage":
            leverage = action["leverage"]
            both = {"buyLeverage": leverage, "sellLeverage": leverage}
            session.code("position/set-leverage", category="linear", symbol=action["symbol"], **both)
        case _:
            session.play(action["minutes"])


def _size(session: Session, symbol: str) -> Decimal:
    row = session.position(symbol)
    return Decimal(row["size"]) * (-1 if row["side"] == "Sell" else 1)


def _all(session: Session, path: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = session.get(path, category="linear", settleCoin="USDT", limit="50", cursor=cursor)
        rows += page["list"]
        cursor = page["nextPageCursor"]
        if not cursor:
            return rows


def _check(session: Session) -> None:
    """The ledger, retold by an independent sum over the executions."""
    fills = _all(session, "execution/list")
    books = session.exchange.books("main")
    sizes: dict[str, Decimal] = defaultdict(Decimal)
    costs: dict[str, Decimal] = defaultdict(Decimal)
    realised = fees = Decimal(0)
    for fill in reversed(fills):
        symbol, price, qty = fill["symbol"], Decimal(fill["execPrice"]), Decimal(fill["execQty"])
        change = qty if fill["side"] == "Buy" else -qty
        held = sizes[symbol]
        closed = min(abs(held), qty) if held * change < 0 else Decimal(0)
        if closed:  # what rounding the profit leaves over stays in the cost
            share = costs[symbol] * closed / abs(held) if closed < abs(held) else costs[symbol]
            direction = 1 if held > 0 else -1
            gain = (direction * (closed * price - share)).quantize(Decimal("1e-8"), rounding="ROUND_HALF_UP")
            realised += gain
            costs[symbol] -= closed * price - direction * gain
        sizes[symbol] = held + change
        if closed == abs(held):
            costs[symbol] = Decimal(0)
        costs[symbol] += (qty - closed) * price
        fees += Decimal(fill["execFee"])
    wallet = Decimal(BALANCE) + realised - fees
    assert Decimal(books["realised_pnl"]) == realised
    assert Decimal(books["fees"]) == fees
    assert Decimal(books["wallet_balance"]) == wallet
    shown = session.get("account/wallet-balance", accountType="UNIFIED")["list"][0]["coin"][0]
    assert Decimal(shown["walletBalance"]) == wallet
    assert Decimal(shown["cumRealisedPnl"]) == realised - fees
    listed = {
        row["symbol"]: (row["side"], row["size"], row["avgPrice"])
        for row in session.get("position/list", category="linear", settleCoin="USDT")["list"]
    }
    assert listed == {row["symbol"]: (row["side"], row["size"], row["avg_price"]) for row in books["positions"]}
    for symbol in SYMBOLS:
        assert _size(session, symbol) == sizes[symbol]
        if sizes[symbol]:
            average = (costs[symbol] / abs(sizes[symbol])).quantize(Decimal("1e-8"), rounding="ROUND_HALF_UP")
            assert Decimal(listed[symbol][2]) == average
    assert [row["execId"] for row in reversed(fills)] == [row["exec_id"] for row in books["executions"]]
    _check_orders(session, fills, sizes)


def _check_orders(session: Session, fills: list[dict[str, Any]], sizes: dict[str, Decimal]) -> None:
    by_order: dict[str, Decimal] = defaultdict(Decimal)
    for fill in fills:
        by_order[fill["orderId"]] += Decimal(fill["execQty"])
    for row in _all(session, "order/realtime") + _all(session, "order/history"):
        filled, qty = Decimal(row["cumExecQty"]), Decimal(row["qty"])
        assert filled == by_order[row["orderId"]] <= qty
        if row["orderStatus"] in {"New", "PartiallyFilled", "Untriggered"} and row["reduceOnly"]:
            held = sizes[row["symbol"]]
            assert held
            assert (held > 0) == (row["side"] == "Sell")
            assert Decimal(row["leavesQty"]) <= abs(held)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(actions)
def test_the_ledger_balances_to_the_last_digit(todo: list[dict[str, Any]]) -> None:
    session = Session(one_day(*SYMBOLS), BALANCE)
    for action in todo:
        _do(session, action)
        _check(session)


@settings(max_examples=15, deadline=None)
@given(actions)
def test_the_same_requests_give_the_same_pushes(todo: list[dict[str, Any]]) -> None:
    first, second = Session(one_day(*SYMBOLS), BALANCE), Session(one_day(*SYMBOLS), BALANCE)
    for session in (first, second):
        session.exchange.subscribe("kline.5.BTCUSDT")
        for action in todo:
            _do(session, action)
    frames = [[json.dumps(push.frame()) for push in session.pushes] for session in (first, second)]
    assert frames[0] == frames[1]


scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8),
    st.sampled_from(["linear", "BTCUSDT", "Buy", "Sell", "Limit", "Market", "1", "0", "-1", "1e999999", "nan",
                     "9" * 400, "0.1", "90000", "page_token%3D5%26", "Full", "USDT", "UNIFIED", "5", "Partial",
                     "TickSize", "Percent", "Queue", "Counterparty", "StopOrder", "CancelBoth", "quoteCoin", "0.001",
                     "DERIVATIVES"]),
)  # fmt: skip
garbage = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
)
NAMES = (
    "category", "symbol", "side", "orderType", "qty", "price", "timeInForce", "orderLinkId", "reduceOnly",
    "closeOnTrigger", "takeProfit", "stopLoss", "tpslMode", "positionIdx", "orderId", "limit", "cursor",
    "startTime", "endTime", "start", "end", "interval", "buyLeverage", "sellLeverage", "mode", "coin",
    "settleCoin", "baseCoin", "accountType", "openOnly", "triggerPrice", "trailingStop", "orderFilter",
    "triggerDirection", "triggerBy", "smpType", "marketUnit", "slippageToleranceType", "slippageTolerance",
    "bboSideType", "bboLevel", "request", "tpLimitPrice", "slLimitPrice", "tpOrderType", "slOrderType", "activePrice",
    "tpSize", "slSize", "isLeverage", "timeWindow", "product", "execType", "stopOrderType",
)  # fmt: skip
USUAL = {"category": "linear", "symbol": "BTCUSDT"}


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(sorted(ROUTES)),
    st.dictionaries(st.sampled_from(NAMES), garbage, max_size=12),
    st.booleans(),
)
def test_garbage_never_raises_and_a_refusal_changes_nothing(
    route: tuple[str, str], params: dict[str, Any], usual: bool
) -> None:
    exchange = _garbage_exchange()
    before = exchange.books("main")
    asked = {**params, **USUAL} if usual else params
    envelope, pushes = exchange.request("main", *route, asked, exchange.now_ms)
    json.dumps(envelope)
    assert set(envelope) == {"retCode", "retMsg", "result", "retExtInfo", "time"}
    if envelope["retCode"] != 0:
        assert not pushes
        assert exchange.books("main") == before


@cache
def _garbage_exchange() -> Exchange:
    return Exchange(one_day(*SYMBOLS), ExchangeSettings((AccountSeed("main", Decimal(100_000)),)))
