"""ccxt.pro, the WebSocket half of ccxt, against the streams."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import ccxt.pro
import pytest

from bot.simulator.ready import Endpoints
from tests.simulator.clients.ccxt_client import INVERSE, PAIR, SWAP, key_of, point

TIMEOUT_S = 10.0


@pytest.fixture
def run(at: Endpoints, markets: Any) -> Callable[[Callable[[Any], Awaitable[Any]]], Any]:
    """Runs a coroutine function with a client of ccxt.pro."""

    @asynccontextmanager
    async def connected() -> AsyncIterator[Any]:
        options = {"enableRateLimit": False, "options": {"watchPositions": {"fetchPositionsSnapshot": False}}}
        client = point(ccxt.pro.bybit(key_of("streams") | options), at)
        client.set_markets(markets.markets, markets.currencies)
        try:
            yield client
        finally:
            await client.close()

    async def body(what: Callable[[Any], Awaitable[Any]]) -> Any:
        async with connected() as client:
            return await asyncio.wait_for(what(client), TIMEOUT_S)

    return lambda what: asyncio.run(body(what))


def test_public_streams_of_every_category(run: Any) -> None:
    async def watch(client: Any, symbol: str) -> None:
        ticker = await client.watch_ticker(symbol)
        assert ticker["symbol"] == symbol
        assert ticker["last"] > 0
        if symbol != PAIR:
            assert ticker["bid"] < ticker["ask"]
        book = await client.watch_order_book(symbol, 50)
        for _ in range(5):
            book = await client.watch_order_book(symbol, 50)
            assert len(book["bids"]) == len(book["asks"]) == 50
            assert book["bids"][0][0] < book["asks"][0][0]
        trades = await client.watch_trades(symbol)
        assert trades[-1]["symbol"] == symbol
        assert trades[-1]["price"] == pytest.approx(ticker["last"], rel=0.02)
        candles = await client.watch_ohlcv(symbol, "1m")
        opened = candles[-1][0]
        while candles[-1][0] == opened:
            candles = await client.watch_ohlcv(symbol, "1m")
        assert candles[-1][0] == opened + 60_000

    async def watch_all(client: Any) -> None:
        await asyncio.gather(*(watch(client, symbol) for symbol in (SWAP, INVERSE, PAIR)))

    run(watch_all)


def test_many_symbols_and_quotes(run: Any) -> None:
    async def watch(client: Any) -> None:
        assert set(await client.watch_tickers([SWAP])) == {SWAP}
        quotes = await client.watch_bids_asks([SWAP])
        assert quotes[SWAP]["bid"] < quotes[SWAP]["ask"]

    run(watch)


def test_private_streams_tell_of_trades(run: Any) -> None:
    async def watch(client: Any) -> None:
        tasks = [
            asyncio.create_task(each)
            for each in (
                client.watch_orders(SWAP),
                client.watch_my_trades(SWAP),
                client.watch_positions([SWAP]),
                client.watch_balance(),
            )
        ]
        ids = []
        waiting: set[Any] = set(tasks)
        while waiting:  # ccxt does not say when it is subscribed
            ids.append((await client.create_order(SWAP, "market", "buy", 0.01))["id"])
            _, waiting = await asyncio.wait(waiting, timeout=0.1)
        orders, trades, positions, balance = (task.result() for task in tasks)
        assert orders[-1]["id"] in ids
        assert (orders[-1]["status"], orders[-1]["filled"]) == ("closed", 0.01)
        assert trades[-1]["order"] in ids
        assert (trades[-1]["amount"], trades[-1]["fee"]["currency"]) == (0.01, "USDT")
        assert positions[-1]["side"] == "long"
        assert round(positions[-1]["contracts"] / 0.01) in range(1, len(ids) + 1)
        assert positions[-1]["entryPrice"] == pytest.approx(trades[-1]["price"], rel=0.01)
        assert balance["USDT"]["total"] < 100_000
        closing = asyncio.create_task(client.watch_positions([SWAP]))
        amount = (await client.fetch_position(SWAP))["contracts"]
        await client.create_order(SWAP, "market", "sell", amount, None, {"reduceOnly": True})
        assert (await closing)[-1]["contracts"] == 0

    run(watch)


def test_orders_over_the_trade_stream(run: Any) -> None:
    async def trade(client: Any) -> None:
        price = float(client.price_to_precision(SWAP, (await client.fetch_ticker(SWAP))["last"] * 0.9))
        placed = await client.create_order_ws(SWAP, "limit", "buy", 0.01, price, {"clientOrderId": "pro-1"})
        assert placed["clientOrderId"] == "pro-1"
        await client.edit_order_ws(placed["id"], SWAP, "limit", "buy", 0.02, price)
        assert (await client.fetch_open_order(placed["id"], SWAP))["amount"] == 0.02
        gone = await client.cancel_order_ws(placed["id"], SWAP)
        assert gone["id"] == placed["id"]
        assert await client.fetch_open_orders(SWAP) == []
        with pytest.raises(ccxt.OrderNotFound, match="110001"):
            await client.cancel_order_ws(placed["id"], SWAP)

    run(trade)
