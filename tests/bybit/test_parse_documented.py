"""Recorded and documented payloads, where this machine has them: they are not part of the project."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.bybit.parse import parse_frame
from bot.bybit.parse.private import (
    ENTRY_PRICE_OF_QUERY,
    execution_reported,
    order_update,
    position_update,
    wallet_updates,
)
from bot.bybit.parse.public import candle_from_list
from bot.bybit.parse.rest import fee_rates, instrument
from bot.domain.messages import (
    CandleUpdate,
    ExecutionReported,
    FrameUnreadable,
    Message,
    PositionUpdate,
    Stream,
    TickerUpdate,
    WalletUpdate,
)
from bot.domain.values import TimeMs

DATA = Path(__file__).parents[3] / "shared" / "data"
DOCUMENTED = DATA / "payloads" / "bybit_docs_v5_examples"
RECORDED = DATA / "orderbook_and_trades"
NOW = TimeMs(1760000000000)

pytestmark = pytest.mark.skipif(not DOCUMENTED.is_dir(), reason=f"no payloads in {DATA}")


def objects_in(text: str) -> Iterator[dict[str, Any]]:
    """The JSON objects of a text that has prose between them."""
    decoder = json.JSONDecoder()
    at = text.find("{")
    while at >= 0:
        try:
            found, end = decoder.raw_decode(text, at)
        except ValueError:
            end = at + 1
        else:
            yield found
        at = text.find("{", end)


def examples(name: str) -> Iterator[dict[str, Any]]:
    for example in json.loads((DOCUMENTED / f"{name}.json").read_text()):
        if isinstance(example.get("json"), dict):
            yield example["json"]
        yield from objects_in(example.get("text", ""))


def pushed(name: str, stream: Stream) -> list[Message]:
    frames = [example for example in examples(name) if "topic" in example]
    assert frames
    return [message for frame in frames for message in parse_frame(stream, frame, NOW)]


def listed(name: str, category: str | None = None) -> list[Any]:
    results = [example["result"] for example in examples(name) if "list" in example.get("result", {})]
    rows = [row for result in results if category in {None, result.get("category")} for row in result["list"]]
    assert rows
    return rows


def test_pushes() -> None:
    assert all(isinstance(each, CandleUpdate) for each in pushed("websocket__public__kline", Stream.PUBLIC))
    tickers = pushed("websocket__public__ticker", Stream.PUBLIC)
    assert tickers
    assert all(isinstance(each, TickerUpdate) for each in tickers)
    assert [type(each) for each in pushed("websocket__private__execution", Stream.PRIVATE)] == [ExecutionReported]
    assert [type(each) for each in pushed("websocket__private__position", Stream.PRIVATE)] == [PositionUpdate]
    assert [type(each) for each in pushed("websocket__private__wallet", Stream.PRIVATE)] == [WalletUpdate]
    assert pushed("websocket__private__order", Stream.PRIVATE) == []  # the example is an option


def test_answers() -> None:
    assert [order_update(row) for row in (*listed("order__open-order"), *listed("order__order-list"))]
    assert [execution_reported(row) for row in listed("order__execution")]
    assert [position_update(row, ENTRY_PRICE_OF_QUERY, NOW, by_rest=True) for row in listed("position__position")]
    assert [update for row in listed("account__wallet-balance") for update in wallet_updates(row, NOW, by_rest=True)]
    assert [fee_rates(row) for row in listed("account__fee-rate")]
    assert [candle_from_list(row, "BTCUSDT") for row in listed("market__kline")]
    assert [instrument(row) for row in listed("market__instrument", "linear")]


def test_recorded_frames_of_today_parse_and_older_ones_do_no_harm() -> None:
    for name in ("gocryptotrader_bybit_frames.json", "tardis_bybit_frames.json"):
        for frames in json.loads((RECORDED / name).read_text()).values():
            for frame in frames if isinstance(frames, list) else [frames]:
                found = parse_frame(Stream.PUBLIC, frame, NOW)
                if isinstance(frame.get("topic"), str):
                    assert not any(isinstance(each, FrameUnreadable) for each in found), frame
