"""Every topic and trade operation through unmodified pybit, each frame with every documented field."""

import copy
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from bot.simulator.control_client import ControlClient
from bot.simulator.ready import Endpoints
from tests.simulator.clients.ccxt_client import key_of
from tests.simulator.clients.documented import PAYLOADS, examples, fields, spelled
from tests.simulator.clients.stream_fields import FRAMES, ROWS, TRADE_ACKS
from tests.simulator.server.pybit_clients import Recorder, SimulatorWebSocket, private_stream, rest_session
from tests.simulator.server.pybit_trading import trading

documentation = pytest.mark.skipif(not PAYLOADS.is_dir(), reason="the documentation's examples are not at hand")
SYMBOLS = {"linear": "BTCUSDT", "inverse": "BTCUSD", "spot": "BTCUSDT"}
KEYS = {"api_key": key_of("trade")["apiKey"], "api_secret": key_of("trade")["secret"]}


class Topic(NamedTuple):
    """One public topic.

    Attributes:
        subscribe: how pybit asks for it.
        page, example: the documentation's page and which of its bodies shows a frame.
        frames: how many to wait for; the second of a book or ticker is a delta, which pybit merges.
    """

    category: str
    name: str
    subscribe: Callable[[Any, Any], object]
    page: str
    example: int = 0
    frames: int = 2

    @property
    def kind(self) -> str:
        kind = self.name.split(".")[0]
        return f"{kind} spot" if self.category == "spot" and kind in {"tickers", "publicTrade"} else kind


def _book(depth: int, symbol: str) -> Callable[[Any, Any], object]:
    return lambda stream, heard: stream.orderbook_stream(depth, symbol, heard)


def _of(category: str) -> Iterator[Topic]:
    symbol = SYMBOLS[category]
    for depth in (1, 50, 200, 1000):
        yield Topic(
            category,
            f"orderbook.{depth}.{symbol}",
            _book(depth, symbol),
            "websocket__public__orderbook",
        )
    ticker = 3 if category == "spot" else 0
    yield Topic(
        category,
        f"tickers.{symbol}",
        lambda stream, heard: stream.ticker_stream(symbol, heard),
        "websocket__public__ticker",
        ticker,
    )
    yield Topic(
        category,
        f"publicTrade.{symbol}",
        lambda stream, heard: stream.trade_stream(symbol, heard),
        "websocket__public__trade",
    )
    yield Topic(
        category,
        f"kline.1.{symbol}",
        lambda stream, heard: stream.kline_stream(1, symbol, heard),
        "websocket__public__kline",
    )
    yield Topic(
        category,
        f"priceLimit.{symbol}",
        lambda stream, heard: stream.price_limit_stream(symbol, heard),
        "websocket__public__order-price-limit",
        1,
    )
    if category == "spot":
        return
    group = "USDT" if category == "linear" else "inverse"
    yield Topic(
        category,
        f"insurance.{group}",
        lambda stream, heard: stream.insurance_pool_stream(group, heard),
        "websocket__public__insurance-pool",
        1,
        1,
    )
    yield Topic(
        category,
        f"adlAlert.{group}",
        lambda stream, heard: stream.subscribe("adlAlert.{symbol}", heard, group),
        "websocket__public__adl-alert",
        0,
        1,
    )
    yield Topic(
        category,
        f"allLiquidation.{symbol}",
        lambda stream, heard: stream.all_liquidation_stream(symbol, heard),
        "websocket__public__all-liquidation",
        0,
        1,
    )


TOPICS = tuple(topic for category in SYMBOLS for topic in _of(category))


def recording(recorder: Recorder) -> Callable[[Any], None]:
    """Copies: pybit goes on changing the frames it has handed over."""
    return lambda frame: recorder(copy.deepcopy(frame))


@pytest.fixture(scope="module")
def public_frames(at: Endpoints, hand: ControlClient) -> dict[tuple[str, str], Any]:
    """The last frame of every topic, by category and topic."""
    found: dict[tuple[str, str], Any] = {}
    for category in SYMBOLS:
        recorder = Recorder()
        stream = SimulatorWebSocket(at, channel_type=category)
        try:
            topics = [topic for topic in TOPICS if topic.category == category]
            for topic in topics:
                topic.subscribe(stream, recording(recorder))
            for topic in topics:
                if topic.name.startswith("allLiquidation"):
                    _liquidate(hand, category)
                found[category, topic.name] = recorder.wait_topic(topic.name, topic.frames)[-1]
        finally:
            stream.exit()
    return found


def _liquidate(hand: ControlClient, category: str) -> None:
    order = {"category": category, "symbol": SYMBOLS[category], "side": "Buy", "orderType": "Market"}
    params = order | {"qty": "100" if category == "inverse" else "0.01"}
    body = {"account": "trade", "path": "/v5/order/create", "params": params}
    assert hand.request("POST", "request", body)["retCode"] == 0
    hand.request("POST", "liquidate", {"account": "trade", "symbol": SYMBOLS[category]})


def topic_id(topic: Topic) -> str:
    return f"{topic.category} {topic.name}"


@pytest.mark.parametrize("topic", TOPICS, ids=topic_id)
def test_public_frames_have_every_field(public_frames: dict[tuple[str, str], Any], topic: Topic) -> None:
    assert fields(public_frames[topic.category, topic.name]) == spelled(FRAMES[topic.kind])


@documentation
@pytest.mark.parametrize("topic", TOPICS, ids=topic_id)
def test_public_frames_lack_nothing_documented(public_frames: dict[tuple[str, str], Any], topic: Topic) -> None:
    documented = fields(examples(topic.page)[topic.example])
    missing = documented - fields(public_frames[topic.category, topic.name])
    assert missing == ({"data[].L"} if topic.kind == "publicTrade spot" else set()), "pairs have no tick direction"


NO_EXTRA_FEES = "data[].extraFees[]."
"""Taxes of a few countries; here `extraFees` is empty."""
NOT_OF_PAIRS = {"data[].createType"}


@pytest.fixture(scope="module")
def private_frames(at: Endpoints) -> list[dict[str, Any]]:
    """Frames of all topics, under their own and under their categories' names, for a trade in each category."""
    recorder = Recorder()
    heard = recording(recorder)
    every, each = (SimulatorWebSocket(at, channel_type="private", private_auth_expire=10, **KEYS) for _ in range(2))
    session = rest_session(at, **KEYS)
    try:
        for subscribe in (every.order_stream, every.execution_stream, every.position_stream, every.wallet_stream):
            subscribe(heard)
        every.fast_execution_stream(heard)
        for category, symbol in SYMBOLS.items():
            for topic in ("order", "execution", *(["position"] if category != "spot" else [])):
                each.subscribe(f"{topic}.{category}", heard, symbol)
            each.fast_execution_stream(heard, category)
        with private_stream(at, gate := Recorder(), **KEYS) as last:  # subscribed after the others, acked after them
            last.order_stream(None)
            gate.wait(lambda frames: any(frame.get("op") == "subscribe" for frame in frames))
        for category, symbol in SYMBOLS.items():
            qty = {"linear": "0.01", "inverse": "100", "spot": "500"}[category]
            order = {"category": category, "symbol": symbol, "orderType": "Market"}
            session.place_order(**order, side="Buy", qty=qty)
        recorder.wait(lambda frames: expected_topics() <= {frame["topic"] for frame in frames})
    finally:
        every.exit()
        each.exit()
    return recorder.frames()


def expected_topics() -> set[str]:
    kinds = ("order", "execution", "position", "execution.fast")
    named = {f"{kind}.{category}" for kind in kinds for category in SYMBOLS} - {"position.spot"}
    return {"order", "execution", "position", "wallet", "execution.fast"} | named


@pytest.mark.parametrize("topic", sorted(expected_topics()))
def test_private_frames_have_every_field(private_frames: list[dict[str, Any]], topic: str) -> None:
    found = [frame for frame in private_frames if frame["topic"] == topic]
    assert found
    kind = topic.removesuffix(".linear").removesuffix(".inverse").removesuffix(".spot")
    envelope = {"topic", "creationTime", "data"} | (set() if kind == "execution.fast" else {"id"})
    for frame in found:
        assert set(frame) == envelope
        for row in frame["data"]:
            absent = {"createType"} if row.get("category") == "spot" and kind in {"order", "execution"} else set()
            assert fields(row) == spelled(ROWS[kind]) - absent


@documentation
@pytest.mark.parametrize("kind", ["order", "execution", "position", "wallet", "execution.fast"])
def test_private_frames_lack_nothing_documented(private_frames: list[dict[str, Any]], kind: str) -> None:
    page = {"execution.fast": "fast-execution"}.get(kind, kind)
    documented = fields(examples(f"websocket__private__{page}")[1])
    for frame in (frame for frame in private_frames if frame["topic"] == kind):
        missing = documented - fields(frame)
        assert {path for path in missing if not path.startswith(NO_EXTRA_FEES)} <= NOT_OF_PAIRS
        assert not missing & NOT_OF_PAIRS or frame["data"][0]["category"] == "spot"


@pytest.fixture(scope="module")
def trade_acks(at: Endpoints) -> dict[str, Any]:
    acks = Recorder()
    order = {"symbol": "BTCUSDT", "side": "Buy", "orderType": "Limit", "qty": "0.01", "price": "50000"}
    own = Endpoints(**{name: getattr(at, name) for name in at.__struct_fields__} | KEYS)
    with trading(own) as session:

        def ask(call: Any, **params: Any) -> Any:
            before = len(acks.frames())
            call(acks, category="linear", **params)
            return acks.wait(lambda frames: len(frames) > before)[-1]

        created = ask(session.place_order, **order)
        ids = {"symbol": "BTCUSDT", "orderId": created["data"]["orderId"]}
        answers = [created, ask(session.amend_order, **ids, qty="0.02"), ask(session.cancel_order, **ids)]
        batch = ask(session.place_batch_order, request=[order, order])
        rows = [{"symbol": "BTCUSDT", "orderId": row["orderId"]} for row in batch["data"]["list"]]
        changes = [row | {"qty": "0.02"} for row in rows]
        answers += [
            batch,
            ask(session.amend_batch_order, request=changes),
            ask(session.cancel_batch_order, request=rows),
        ]
    return {answer["op"]: answer for answer in answers}


@pytest.mark.parametrize("operation", sorted(TRADE_ACKS))
def test_trade_operations_are_acknowledged_in_full(trade_acks: dict[str, Any], operation: str) -> None:
    answer = trade_acks[operation]
    assert answer["retCode"] == 0
    assert fields(answer) == spelled(TRADE_ACKS[operation])
    if operation.endswith("batch"):
        assert [row["code"] for row in answer["retExtInfo"]["list"]] == [0, 0]


@documentation
@pytest.mark.parametrize(("operation", "example"), [("order.create", 3), ("order.create-batch", 5)])
def test_trade_acknowledgements_lack_nothing_documented(
    trade_acks: dict[str, Any], operation: str, example: int
) -> None:
    documented = fields(examples("websocket__trade__guideline")[example])
    assert not documented - fields(trade_acks[operation])
