"""Leverage, margin, wallet and what is answered about them."""

from decimal import Decimal

from bot.simulator.instruments import make_instrument
from bot.simulator.trading.exposure import exposure_of
from bot.simulator.trading.position import Position
from tests.simulator.core.support import ListedFeed, Session, btc, synthetic

WAVE = (100.0, 100.5, 99.5, 100.0)
LEVERAGE = {"category": "linear", "symbol": "BTCUSDT"}


def test_margins_match_a_published_position() -> None:
    """ETHUSDT short of 0.01 at 3642.075, mark 3642.33, 30x: IM 1.23480936 and MM 0.20281586 were shown."""
    rules = make_instrument("ETHUSDT", 1, 3600.0)
    position = Position.flat(rules)
    position.leverage = Decimal(30)
    position.apply("Sell", Decimal("0.01"), Decimal("36.42075"), Decimal(0), 0)
    exposure = exposure_of(position, Decimal("3642.33"), Decimal("0.00055"), rules.risk_tiers[0])
    assert abs(exposure.initial - Decimal("1.23480936")) < Decimal("3e-7")
    assert abs(exposure.maintenance - Decimal("0.20281586")) < Decimal("3e-7")
    assert exposure.unrealised == Decimal("-0.00255")


def test_leverage_rules() -> None:
    session = btc(WAVE)
    path = "position/set-leverage"
    assert session.code(path, **LEVERAGE, buyLeverage="10", sellLeverage="10") == 110043
    assert session.code(path, **LEVERAGE, buyLeverage="5", sellLeverage="6") == 10001
    assert session.code(path, **LEVERAGE, buyLeverage="101", sellLeverage="101") == 110013
    assert session.code(path, **LEVERAGE, buyLeverage="0.5", sellLeverage="0.5") == 10001
    assert session.code(path, **LEVERAGE, buyLeverage="20", sellLeverage="20") == 0
    assert session.position()["leverage"] == "20"
    assert session.rows("position")[-1]["leverage"] == "20"


def test_position_mode_is_switched_only_where_nothing_is_open() -> None:
    session = btc(WAVE)
    path = "position/switch-mode"
    assert session.code(path, **LEVERAGE, mode=0) == 110025
    assert session.code(path, **LEVERAGE, mode=1) == 10001
    order_id = session.order("Buy", "1", "99")
    assert session.code(path, **LEVERAGE, mode=3) == 110028
    session.post("order/cancel", **LEVERAGE, orderId=order_id)
    assert session.code(path, **LEVERAGE, mode=3) == 0
    assert [row["positionIdx"] for row in session.get("position/list", **LEVERAGE)["list"]] == [1, 2]
    assert session.code(path, **LEVERAGE, mode=3) == 110025
    assert session.code("order/create", **LEVERAGE, side="Buy", orderType="Market", qty="1") == 10001
    assert session.code("order/create", **LEVERAGE, side="Buy", orderType="Market", qty="1", positionIdx=1) == 0
    assert session.code(path, **LEVERAGE, mode=0) == 110024


def test_orders_reserve_margin_and_give_it_back() -> None:
    session = btc(WAVE)
    before = session.get("account/wallet-balance", accountType="UNIFIED")["list"][0]
    assert before["totalAvailableBalance"] == before["totalEquity"] == "10000"
    order_id = session.order("Buy", "10", "99")
    during = session.get("account/wallet-balance", accountType="UNIFIED", coin="USDT")["list"][0]
    # 990 / 10 + 990 x 0.00055 x (1 + 0.9)
    assert during["coin"][0]["totalOrderIM"] == "100.03455"
    assert during["totalAvailableBalance"] == "9899.96545"
    session.post("order/cancel", **LEVERAGE, orderId=order_id)
    assert session.get("account/wallet-balance", accountType="UNIFIED")["list"][0] == before


def test_what_cannot_be_paid_is_refused_and_closing_always_works() -> None:
    session = btc(WAVE, balance="1000")
    assert session.refusal("Buy", "100") == 110007
    session.order("Buy", "90")
    assert session.refusal("Buy", "20") == 110007
    assert session.refusal("Sell", "90") == 0
    assert session.position()["size"] == "0"


def test_two_symbols_share_one_wallet() -> None:
    session = Session(ListedFeed({"BTCUSDT": [WAVE], "ETHUSDT": [WAVE]}), "1000")
    session.order("Buy", "60")
    assert session.refusal("Buy", "60", symbol="ETHUSDT") == 110007
    assert session.refusal("Buy", "30", symbol="ETHUSDT") == 0


def test_an_unknown_account_is_nobody() -> None:
    exchange = synthetic("BTCUSDT").exchange
    for account in (None, "stranger"):
        envelope, pushes = exchange.request(account, "GET", "/v5/account/info", {}, exchange.now_ms)
        assert (envelope["retCode"], pushes) == (10003, ())
    assert exchange.request("main", "GET", "/v5/nowhere", {}, exchange.now_ms)[0]["retCode"] == 10017


def test_account_information() -> None:
    session = synthetic("BTCUSDT", "ETHUSDT")
    assert session.get("account/info")["unifiedMarginStatus"] == 5
    rates = session.get("account/fee-rate", category="linear", symbol="ETHUSDT")["list"]
    assert [(each["symbol"], each["takerFeeRate"], each["makerFeeRate"]) for each in rates] == [
        ("ETHUSDT", "0.00055", "0.0002")
    ]
    assert session.get("user/query-api")["permissions"]["ContractTrade"] == ["Order", "Position"]
    assert session.get("position/list", category="linear", settleCoin="USDT")["list"] == []
    session.order("Sell", "0.01")
    held = session.get("position/list", category="linear", settleCoin="USDT")["list"]
    assert [(each["symbol"], each["side"]) for each in held] == [("BTCUSDT", "Sell")]


def test_a_request_does_not_overtake_an_event() -> None:
    session = synthetic("BTCUSDT")
    session.exchange.subscribe("kline.1.BTCUSDT")
    exchange = session.exchange
    exchange.request(None, "GET", "/v5/market/time", {}, exchange.now_ms + 3_600_000)
    (kline,) = exchange.step()
    assert kline.frame()["ts"] == exchange.now_ms


def test_a_position_does_not_outgrow_the_risk_tier_of_its_leverage() -> None:
    session = Session(ListedFeed({"BTCUSDT": [WAVE]}), "10000000")
    best = {"buyLeverage": "100", "sellLeverage": "100"}
    session.post("position/set-leverage", **LEVERAGE, **best)
    for _ in range(39):
        session.order("Buy", "500", "99.5", timeInForce="PostOnly")
    assert session.refusal("Buy", "501", "99.5") == 110090  # the tier for 100x ends at a value of 2,000,000
    assert session.refusal("Buy", "500", "99.5") == 0
    session.post("position/set-leverage", **LEVERAGE, buyLeverage="80", sellLeverage="80")
    assert session.refusal("Buy", "501", "99.5") == 0
