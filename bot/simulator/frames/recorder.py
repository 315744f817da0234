"""Records public frames into a file that the capture feed plays.

    python -m bot.simulator.frames.recorder URL TOPICS FILE [SECONDS]

URL is a public stream (wss://stream.bybit.com/v5/public/linear), TOPICS are separated by commas
(orderbook.50.BTCUSDT,publicTrade.BTCUSDT,tickers.BTCUSDT). Every frame becomes one line of FILE as it came; an existing
file goes on. It runs until Ctrl-C, or for SECONDS. When the connection is lost it makes a new one, and books begin
anew with a snapshot.
"""

import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from bot.simulator.frames.upstream_stream import UpstreamStream

ARGUMENTS: Final = (3, 4)


async def record(url: str, topics: Sequence[str], file: Path, seconds: float | None = None) -> int:
    """Record until cancelled, or for some seconds; returns how many frames came. OSError if it can not be written."""
    count = 0
    with file.open("ab") as lines:

        def write(text: bytes) -> None:
            nonlocal count
            count += 1
            lines.write(text + b"\n")

        stream = UpstreamStream(url, topics, write, lines.flush)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await stream.run()
    return count


async def _until_interrupted(url: str, topics: Sequence[str], file: Path, seconds: float | None) -> None:
    task = asyncio.create_task(record(url, topics, file, seconds))
    loop = asyncio.get_running_loop()
    interrupted = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, interrupted.set)
    waiter = asyncio.create_task(interrupted.wait())
    await asyncio.wait((task, waiter), return_when=asyncio.FIRST_COMPLETED)
    waiter.cancel()
    if not task.done():
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def _check(url: str, topics: Sequence[str], file: Path) -> None:
    """ValueError, in one sentence, for arguments that can not work."""
    address = urlsplit(url)
    if address.scheme not in {"ws", "wss"} or not address.hostname:
        raise ValueError(f"URL: {url!r} is no ws:// or wss:// address")
    if not topics:
        raise ValueError("TOPICS: name at least one")
    if not file.resolve().parent.is_dir():
        raise ValueError(f"FILE: {file}: there is no such folder")


def main(arguments: Sequence[str]) -> int:
    """The command; returns its exit code."""
    if len(arguments) not in ARGUMENTS:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    url, names, file = arguments[:3]
    try:
        seconds = float(arguments[3]) if len(arguments) == max(ARGUMENTS) else None
        topics = [each.strip() for each in names.split(",") if each.strip()]
        path = Path(file)
        _check(url, topics, path)
        before = path.stat().st_size if path.exists() else 0
        asyncio.run(_until_interrupted(url, topics, path, seconds))
        nothing_came = path.stat().st_size == before
    except (OSError, ValueError) as error:
        sys.stderr.write(f"record: {error}\n")
        return 2
    if nothing_came:
        sys.stderr.write(f"record: nothing came from {url}: is it the right stream, and does it know {names}?\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
