"""`python -m bot simulate`: the simulated exchange on its own."""

import logging
import sys
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from bot.simulator.errors import SimulatorError
from bot.simulator.ready import Endpoints, endpoints_to_line
from bot.simulator.settings import (
    SimulatorSettings,
    feed_from_text,
    settings_from_json,
    speed_from_text,
)

_MARKET = "Market"
_ACCOUNT = "Account"
_PROCESS = "Process"

type Text = str | None


def _option(help_text: str, panel: str, metavar: str, *names: str) -> Any:  # noqa: ANN401 (typer's own type)
    return typer.Option(*names, help=help_text, rich_help_panel=panel, metavar=metavar, show_default=False)


def simulate(
    feed: Annotated[
        Text,
        _option("Where prices come from: synthetic, candles, capture or mirror. (default: synthetic)", _MARKET, "KIND"),
    ] = None,
    seed: Annotated[
        int | None, _option("Seed of the synthetic market; the same seed repeats it. (default: 1)", _MARKET, "N")
    ] = None,
    folder: Annotated[
        Text,
        _option("Folder of candle files (BTCUSDT_1m.parquet or .csv), or file or folder of frames.", _MARKET, "DIR"),
    ] = None,
    symbols: Annotated[
        Text, _option("Symbols, separated by commas. (default: BTCUSDT,ETHUSDT)", _MARKET, "LIST")
    ] = None,
    start: Annotated[
        Text, _option("Begin at this market time: ISO 8601 (UTC) or ms. (default: the feed's)", _MARKET, "TIME")
    ] = None,
    end: Annotated[Text, _option("End at this market time. (default: the feed's)", _MARKET, "TIME")] = None,
    speed: Annotated[
        Text,
        _option(
            "Market seconds per second, or lockstep: the market moves only when the control port is asked to. "
            "(default: 1)",
            _MARKET,
            "FACTOR",
        ),
    ] = None,
    balance: Annotated[Text, _option("Starting wallet in USDT. (default: 10000)", _ACCOUNT, "AMOUNT")] = None,
    api_key: Annotated[Text, _option("API key. (default: made up at start)", _ACCOUNT, "KEY")] = None,
    api_secret: Annotated[Text, _option("API secret. (default: made up at start)", _ACCOUNT, "SECRET")] = None,
    port: Annotated[
        int | None, _option("Port of REST and WebSockets on 127.0.0.1; 0 = any. (default: 0)", _PROCESS, "PORT")
    ] = None,
    control_port: Annotated[
        int | None, _option("Port of the control API on 127.0.0.1; 0 = any. (default: 0)", _PROCESS, "PORT")
    ] = None,
    rate_limits: Annotated[
        bool | None,
        typer.Option(
            "--rate-limits/--no-rate-limits",
            help="Limit requests as Bybit does. (default: yes, but not in lockstep)",
            rich_help_panel=_ACCOUNT,
            show_default=False,
        ),
    ] = None,
    books: Annotated[Text, _option("Write the exchange's own ledger here at exit.", _PROCESS, "FILE")] = None,
    exit_with_parent: Annotated[
        bool,
        typer.Option(
            "--exit-with-parent",
            help="End when standard input closes; leave Ctrl-C to the parent.",
            rich_help_panel=_PROCESS,
        ),
    ] = False,
    settings: Annotated[
        Text,
        _option(
            "Read these settings from a JSON file first ('-' = the first line of standard input). "
            "It has the names of the options, with _ for -; options given here win.",
            _PROCESS,
            "FILE",
        ),
    ] = None,
) -> None:
    """Run the simulated Bybit on its own.

    It speaks the V5 protocol on 127.0.0.1: signed REST, and the public,
    private and trade WebSockets. Once it is ready it prints one JSON line
    with its addresses (rest, ws, control), the control token, the API key
    and the API secret. Its log goes to standard error.

    FEEDS. synthetic invents a market from a seed; candles plays files of
    1-minute candles; capture plays public frames that were recorded from
    Bybit's streams, one a line (scripts/record_frames makes such files);
    mirror shows Bybit's mainnet (or "upstream" of the settings file) as it
    happens. Symbols ending in USD are inverse contracts,
    spot:BTCUSDT is a spot pair, all others are linear contracts.

    ACCOUNTS AND KEYS. There is one account with one key that may do
    everything. More of both, permissions, read-only keys, addresses and
    expiry come with "accounts" and "keys" in the settings file.

    LIMITS. Requests are limited as on Bybit, per user and per address, but
    not in lockstep. --no-rate-limits switches that off.

    CONTROL PORT. With the header X-Control-Token it pauses and steps the
    market, moves prices, pays in, closes, liquidates, changes the rules of
    a market, gives out the books, cuts connections, lets keys expire, and
    takes faults while the simulator runs.

    FAULTS. "faults" in the settings file is a list of what goes wrong:
    where (REST path, topic, operation), when (the n-th time, every so
    often, by chance from a seed, in a window of market time) and what
    (lost, late or cut replies, HTTP errors, any retCode, lagging queries,
    dropped, doubled or mangled frames, silent streams, a closed port,
    a wrong clock).

    docs/simulator.md shows all of that, and how to point pybit or another
    client at it. It runs until SIGTERM, Ctrl-C, or a POST to
    /control/shutdown.
    """
    given = {
        "feed": feed,
        "seed": seed,
        "folder": folder,
        "symbols": symbols,
        "start": start,
        "end": end,
        "speed": speed,
        "balance": balance,
        "api_key": api_key,
        "api_secret": api_secret,
        "port": port,
        "control_port": control_port,
        "rate_limits": rate_limits,
        "books": books,
        "exit_with_parent": exit_with_parent or None,
    }
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    try:
        _serve(_with_options(_read_settings(settings), given))
    except SimulatorError as error:
        typer.echo(f"simulate: {error}", err=True)
        raise typer.Exit(2) from None


def _serve(settings: SimulatorSettings) -> None:
    from bot.simulator.server.serve import serve  # late: --help need not wait for the server's libraries

    serve(settings, _announce)


def _announce(endpoints: Endpoints) -> None:
    print(endpoints_to_line(endpoints), flush=True)


def _read_settings(source: str | None) -> SimulatorSettings:
    if source is None:
        return SimulatorSettings()
    if source == "-":
        return settings_from_json(sys.stdin.buffer.readline(), "standard input")
    try:
        text = Path(source).read_bytes()
    except OSError as error:
        raise SimulatorError(f"settings: {source}: {error.strerror}") from error
    return settings_from_json(text, source)


def _with_options(settings: SimulatorSettings, given: dict[str, Any]) -> SimulatorSettings:
    changes = {name: value for name, value in given.items() if value is not None}
    if "feed" in changes:
        changes["feed"] = feed_from_text(changes["feed"])
    if "speed" in changes:
        changes["speed"] = speed_from_text(changes["speed"])
    if "symbols" in changes:
        changes["symbols"] = tuple(each.strip() for each in changes["symbols"].split(",") if each.strip())
    if "balance" in changes:
        try:
            changes["balance"] = Decimal(changes["balance"])
        except InvalidOperation:
            raise SimulatorError(f"balance: {changes['balance']!r} is not a number") from None
    return msgspec.structs.replace(settings, **changes)
