"""A public stream that sends one closing bar for each of many symbols at once, whenever a line on stdin asks for it.

The line: the start of the bar in ms, then the symbols. It prints its port first, and after each burst when it sent the
first frame and when the last (the monotonic clock, which all processes of a machine share).
"""

import asyncio
import json
import sys
import time
from math import sin
from typing import Any

from websockets.asyncio.server import serve

MINUTE_MS = 60_000


def frame(start_ms: int, symbol: str) -> str:
    """A kline frame that closes a bar (Bybit V5 docs, WebSocket, Public, Kline)."""
    close = 100 * (1 + 0.05 * sin(start_ms / 3e6 + len(symbol)) + 0.002 * sin(start_ms / 9e4))
    row = {
        "start": start_ms,
        "end": start_ms + MINUTE_MS - 1,
        "interval": "1",
        "open": f"{close * 0.9999:.4f}",
        "close": f"{close:.4f}",
        "high": f"{close * 1.001:.4f}",
        "low": f"{close * 0.999:.4f}",
        "volume": "12.5",
        "turnover": "1250",
        "confirm": True,
        "timestamp": start_ms + MINUTE_MS,
    }
    return json.dumps(
        {"topic": f"kline.1.{symbol}", "ts": start_ms + MINUTE_MS, "type": "snapshot", "data": [row]},
        separators=(",", ":"),
    )


async def main() -> None:
    """Serve one connection."""
    peers: list[Any] = []

    async def on_peer(peer: Any) -> None:  # noqa: ANN401 - a connection
        peers.append(peer)
        async for text in peer:
            asked = json.loads(text)
            answer = {"success": True, "ret_msg": "", "conn_id": "1", "req_id": asked.get("req_id"), "op": asked["op"]}
            await peer.send(json.dumps(answer))

    async with serve(on_peer, "127.0.0.1", 0) as server:
        print(next(iter(server.sockets)).getsockname()[1], flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            start, *symbols = line.split()
            texts = [frame(int(start), symbol) for symbol in symbols]
            first_s = time.perf_counter()
            for text in texts:
                await peers[0].send(text)
            print(first_s, time.perf_counter(), flush=True)


asyncio.run(main())
