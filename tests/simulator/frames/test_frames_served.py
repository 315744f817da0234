"""Captures and mirrors as processes: lockstep, pause, and hands that frames do not follow."""

from decimal import Decimal
from pathlib import Path

from pybit.exceptions import InvalidRequestError

from bot.simulator.child import SimulatorProcess
from bot.simulator.control_client import ControlClient
from bot.simulator.errors import SimulatorError
from bot.simulator.ready import Endpoints
from bot.simulator.settings import SimulatorSettings
from bot.simulator.settings_parts import UpstreamSettings
from tests.simulator.frames.lines import FIRST_BOOK, START_MS, SYMBOL, book, played, trade, write
from tests.simulator.server.pybit_clients import eventually, rest_session
from tests.simulator.server.raw_stream import RawStream


def capture_of(file: Path, *lines: dict[str, object]) -> SimulatorSettings:
    write(file, [FIRST_BOOK, *lines])
    return SimulatorSettings(feed="capture", folder=str(file), symbols=(SYMBOL,), speed="lockstep")


def test_a_capture_in_lockstep_waits_for_its_clients(tmp_path: Path) -> None:
    settings = capture_of(tmp_path / "f.jsonl", trade(1000, "100"), book(2000, 2, [("97", "1")], []))
    with SimulatorProcess(settings) as process, ControlClient(process.endpoints) as control:
        stream = RawStream(process.endpoints, "/v5/public/linear")
        stream.ask(op="subscribe", args=[f"orderbook.50.{SYMBOL}", f"publicTrade.{SYMBOL}"])
        seen = []
        for count in range(3):
            assert control.step({stream.conn_id: count}).stepped
            assert not control.step({stream.conn_id: count}).stepped  # it has not read what it was sent
            frame = stream.next()
            seen.append((frame["topic"].partition(".")[0], frame["ts"] - START_MS, control.clock().now_ms - START_MS))
        assert seen == [("orderbook", 0, 0), ("publicTrade", 1000, 1000), ("orderbook", 2000, 2000)]
        assert control.step({stream.conn_id: 3}).finished
        stream.drop()


def test_the_price_of_a_capture_can_not_be_moved_but_it_can_be_halted(tmp_path: Path) -> None:
    with SimulatorProcess(capture_of(tmp_path / "f.jsonl", trade(1000, "100"))) as process:
        with ControlClient(process.endpoints) as control:
            answer = refusal(control, "price", {"symbol": SYMBOL, "price": "120"})
            assert "the price of a market made of frames cannot be moved to 120" in answer
            control.request("POST", "status", {"symbol": SYMBOL, "status": "Closed"})
        rows = rest_session(process.endpoints).get_tickers(category="linear")["result"]["list"]
        assert rows == []


def refusal(control: ControlClient, name: str, body: dict[str, str]) -> str:
    try:
        control.request("POST", name, body)
    except SimulatorError as error:
        return str(error)
    return ""


def test_a_paused_mirror_is_halted_and_begins_anew(tmp_path: Path) -> None:
    def halted(at: Endpoints) -> bool:
        try:
            rest_session(at).place_order(category="linear", symbol=SYMBOL, side="Buy", orderType="Market", qty="0.001")
        except InvalidRequestError as error:
            assert "The market is halted" in str(error)  # noqa: PT017
            return True
        return False

    with SimulatorProcess(SimulatorSettings(symbols=(SYMBOL,), speed=4.0)) as process:
        there = UpstreamSettings(rest=process.endpoints.rest, ws=process.endpoints.ws)
        settings = SimulatorSettings(feed="mirror", symbols=(SYMBOL,), upstream=there, rate_limits=False)
        with SimulatorProcess(settings, tmp_path / "log") as mirror, ControlClient(mirror.endpoints) as control:
            assert not halted(mirror.endpoints)
            control.request("POST", "pause", None)
            stood_ms = control.clock().now_ms
            assert halted(mirror.endpoints)
            assert control.clock().paused
            assert control.clock().now_ms == stood_ms
            control.request("POST", "resume", None)
            eventually(lambda: not halted(mirror.endpoints), "trading again")
            assert control.clock().now_ms > stood_ms


def test_other_ticks_leave_the_book_and_the_orders_at_their_prices(tmp_path: Path) -> None:
    player = played(tmp_path, trade(1000, "99.9", side="Sell"), trade(2000, "98"))
    player.play_to(0)
    order = player.order("Buy", "1", "99.5")
    player.exchange.replace_rules(SYMBOL, tick_size=Decimal("0.5"))
    result = player.get("market/orderbook")
    assert result["b"] == [["100", "5"], ["99.5", "1"], ["99", "5"]]
    assert result["a"] == [["100", "5"], ["100.5", "5"]]
    player.play_to(2000)
    assert player.status(order) == "Filled"
