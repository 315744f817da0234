"""One simulator mirrors another one as it mirrors Bybit."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from bot.simulator.child import SimulatorProcess
from bot.simulator.control_client import ControlClient
from bot.simulator.errors import SimulatorError
from bot.simulator.ready import Endpoints
from bot.simulator.server.faults.kinds import Drop, Swallow
from bot.simulator.settings import SimulatorSettings
from bot.simulator.settings_parts import UpstreamSettings
from tests.actors.waiting import eventually
from tests.simulator.frames.lines import SYMBOL
from tests.simulator.server.pybit_clients import rest_session
from tests.simulator.server.raw_stream import RawStream

MARKETS = (SYMBOL, f"spot:{SYMBOL}")


@contextmanager
def mirrored(upstream: Endpoints, log: Path | None = None) -> Iterator[SimulatorProcess]:
    settings = SimulatorSettings(
        feed="mirror", symbols=MARKETS, upstream=UpstreamSettings(rest=upstream.rest, ws=upstream.ws), rate_limits=False
    )
    with SimulatorProcess(settings, log) as process:
        yield process


@pytest.fixture(scope="module")
def upstream() -> Iterator[Endpoints]:
    settings = SimulatorSettings(symbols=(*MARKETS, "ETHUSDT"), seed=5, speed=4.0, rate_limits=False)
    with SimulatorProcess(settings) as process:
        yield process.endpoints


def frames_of(stream: RawStream, count: int) -> list[str]:
    """The next data frames of a stream, as they came."""
    found: list[str] = []
    while len(found) < count:
        text = str(stream.socket.recv())
        if '"topic"' in text:
            found.append(text)
    return found


def test_it_shows_what_the_upstream_shows(upstream: Endpoints) -> None:
    topics = [f"orderbook.50.{SYMBOL}", f"publicTrade.{SYMBOL}", f"orderbook.1.{SYMBOL}"]
    with mirrored(upstream) as mirror:
        there, here = (RawStream(at, "/v5/public/linear") for at in (upstream, mirror.endpoints))
        for stream in (here, there):
            assert stream.ask(op="subscribe", args=topics)["success"]
        shown = frames_of(here, 12)
        sent = frames_of(there, 12)
        for _ in range(200):
            if shown[-1] in sent:
                break
            sent += frames_of(there, 1)
        first = json.loads(shown[0])
        assert (first["topic"], first["type"]) == (topics[0], "snapshot")
        later = [text for text in shown if json.loads(text)["ts"] >= json.loads(sent[3])["ts"]]
        assert len(later) > 3
        assert set(later) <= set(sent)
        for stream in (there, here):
            stream.drop()


def test_answers_of_the_upstream_have_the_limit_headers_too(upstream: Endpoints) -> None:
    with mirrored(upstream) as mirror:
        here = rest_session(mirror.endpoints, return_response_headers=True)
        _, _, headers = here.get_kline(category="linear", symbol=SYMBOL, interval="5", limit=3)
        assert int(headers["X-Bapi-Limit"]) > 0


def test_rules_and_history_are_the_upstreams(upstream: Endpoints) -> None:
    with mirrored(upstream) as mirror:
        there, here = rest_session(upstream), rest_session(mirror.endpoints)
        for category in ("linear", "spot"):
            named = {"category": category, "symbol": SYMBOL}
            assert here.get_instruments_info(**named)["result"] == there.get_instruments_info(**named)["result"]
            for interval in ("1", "15", "D"):
                asked = {**named, "interval": interval, "limit": 200, "end": 1_767_571_200_000 - 1}
                rows = here.get_kline(**asked)["result"]["list"]
                assert rows == there.get_kline(**asked)["result"]["list"]
                assert len(rows) > 2
        tiers = [each.get_risk_limit(category="linear", symbol=SYMBOL)["result"]["list"] for each in (here, there)]
        ours, theirs = ([row | {"id": 0} for row in rows] for rows in tiers)
        assert ours == theirs
        newest = here.get_kline(category="linear", symbol=SYMBOL, interval="1", limit=1)["result"]["list"]
        assert newest
        history = here.get_funding_rate_history(category="linear", symbol=SYMBOL)["result"]["list"]
        assert history == there.get_funding_rate_history(category="linear", symbol=SYMBOL)["result"]["list"]


def test_accounts_trade_on_the_upstreams_book(upstream: Endpoints) -> None:
    with mirrored(upstream) as mirror:
        here = rest_session(mirror.endpoints)
        named = {"category": "linear", "symbol": SYMBOL}
        here.place_order(**named, side="Buy", orderType="Market", qty="0.01")
        [fill] = here.get_executions(**named)["result"]["list"]
        [shown] = rest_session(upstream).get_tickers(**named)["result"]["list"]
        assert abs(Decimal(fill["execPrice"]) / Decimal(shown["lastPrice"]) - 1) < Decimal("0.01")
        [position] = here.get_positions(**named)["result"]["list"]
        assert position["size"] == "0.01"
        assert abs(Decimal(position["markPrice"]) / Decimal(shown["markPrice"]) - 1) < Decimal("0.01")


def test_without_the_upstream_the_market_is_halted_until_it_is_back(tmp_path: Path) -> None:
    settings = SimulatorSettings(symbols=MARKETS, speed=10.0)
    named = {"category": "linear", "symbol": SYMBOL}
    first = SimulatorProcess(settings)
    at = first.start()
    try:
        with mirrored(at, tmp_path / "log") as mirror, ControlClient(mirror.endpoints) as control:
            here = rest_session(mirror.endpoints)

            def refusal() -> str:
                try:
                    here.place_order(**named, side="Buy", orderType="Market", qty="0.001")
                except Exception as error:  # noqa: BLE001 (pybit raises several kinds)
                    return str(error)
                return ""

            assert not refusal()
            price = Decimal(here.get_tickers(**named)["result"]["list"][0]["lastPrice"])
            resting = here.place_order(
                **named, side="Buy", orderType="Limit", qty="0.001", price=str(round(price * Decimal("0.97"), 1))
            )
            first.stop()
            eventually(lambda: "The market is halted: frames of BTCUSDT are missing" in refusal(), "a halt")
            stopped_ms = control.clock().now_ms
            [order] = here.get_open_orders(**named)["result"]["list"]
            assert (order["orderId"], order["orderStatus"]) == (resting["result"]["orderId"], "New")
            assert control.clock().now_ms == stopped_ms
            here.cancel_order(**named, orderId=order["orderId"])
            port = int(at.rest.rpartition(":")[2])
            with SimulatorProcess(SimulatorSettings(symbols=MARKETS, speed=10.0, port=port)):
                eventually(lambda: not refusal(), "trading again")
    finally:
        first.stop()
    log = (tmp_path / "log").read_text()
    assert "linear: frames of the upstream are missing: its markets are halted" in log
    assert log.count("linear: every market has its book: trading goes on") == 2


def test_a_lost_frame_makes_the_book_begin_anew(tmp_path: Path) -> None:
    lost = Drop(at=f"orderbook.50.{SYMBOL}", path="/v5/public/linear", nth=5)
    settings = SimulatorSettings(symbols=MARKETS, speed=4.0, faults=(lost,))
    with SimulatorProcess(settings) as upstream, mirrored(upstream.endpoints, tmp_path / "log"):
        text = f"frames of orderbook.50.{SYMBOL} are missing, it is subscribed anew"
        goes_on = "linear: every market has its book: trading goes on"
        eventually(lambda: text in (tmp_path / "log").read_text(), "a gap")
        eventually(lambda: (tmp_path / "log").read_text().count(goes_on) == 2, "another snapshot")


def test_a_book_is_asked_for_until_it_comes(tmp_path: Path) -> None:
    faults = (
        Drop(at=f"orderbook.50.{SYMBOL}", path="/v5/public/linear", nth=5),
        Swallow(at="subscribe", path="/v5/public/linear", nth=2),
    )
    with (
        SimulatorProcess(SimulatorSettings(symbols=MARKETS, speed=4.0, faults=faults)) as upstream,
        mirrored(upstream.endpoints, tmp_path / "log"),
        ControlClient(upstream.endpoints) as control,
    ):
        eventually(lambda: control.request("GET", "faults")["faults"][1]["struck"], "a request that is lost")
        goes_on = "linear: every market has its book: trading goes on"
        eventually(lambda: (tmp_path / "log").read_text().count(goes_on) == 2, "another snapshot")


def test_an_upstream_that_is_not_there_is_named() -> None:
    nowhere = UpstreamSettings(rest="http://127.0.0.1:9", ws="ws://127.0.0.1:9")
    settings = SimulatorSettings(feed="mirror", symbols=(SYMBOL,), upstream=nowhere)
    with pytest.raises(SimulatorError, match=r"upstream http://127.0.0.1:9/v5/market/instruments-info: .*refused"):
        SimulatorProcess(settings).start()


def test_a_market_that_the_upstream_has_not(upstream: Endpoints) -> None:
    there = UpstreamSettings(rest=upstream.rest, ws=upstream.ws)
    settings = SimulatorSettings(feed="mirror", symbols=("DOGEUSDT",), upstream=there)
    with pytest.raises(SimulatorError, match=r"upstream .*instruments-info: 10001 Not supported symbols"):
        SimulatorProcess(settings).start()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (SimulatorSettings(feed="mirror", speed="lockstep"), "speed: a mirror cannot be played in lockstep"),
        (
            SimulatorSettings(feed="mirror", upstream=UpstreamSettings(ws="http://here")),
            "upstream.ws: 'http://here' is no",
        ),
    ],
)
def test_settings_that_make_no_sense(settings: SimulatorSettings, said: str) -> None:
    with pytest.raises(SimulatorError, match=said):
        settings.check()
