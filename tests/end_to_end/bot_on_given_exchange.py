"""A program for tests: the bot, in a process of its own, on an exchange that was there before and outlives it.

Its orders come as one JSON line on standard input. It says "ready" when it trades, and stops in good order on SIGTERM.
"""

import signal
import sys
import threading
from pathlib import Path

import msgspec

from actors.clocks import ScaledClock
from actors.run import SWITCH_INTERVAL_S
from actors.system import System
from actors.venue import Venue
from bot.alerts.channels import AppriseChannel
from bot.bybit.venues import Credentials, simulator
from bot.config.load import load_config
from bot.config.secrets import SecretValues
from bot.domain.contract import Category
from bot.domain.messages import AlertRaised
from bot.domain.values import TimeMs
from bot.simulator.control_client import ControlClient
from bot.simulator.ready import Endpoints
from bot.storage.folder import hold_folder

HALTED = 2


class Orders(msgspec.Struct, frozen=True):
    """What a life of the bot is to be."""

    config: str
    overrides: tuple[str, ...]
    state_dir: str
    database: str
    book: str
    run_id: str
    exchange: Endpoints


def venue_of(orders: Orders, category: Category = "linear") -> Venue:
    """The given exchange; nothing is closed at the end, for it lives on."""
    found = orders.exchange
    with ControlClient(found) as control:
        now = control.clock()
    if isinstance(now.speed, str):
        raise TypeError("a market in lockstep does not go on without its bot")
    return Venue(
        endpoints=simulator(found.rest, found.ws, category),
        credentials=Credentials(found.api_key, found.api_secret),
        clock=ScaledClock(TimeMs(now.now_ms), now.speed),
        book=orders.book,
        control=None,
        close=lambda _timeout_s: None,
    )


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")  # in one piece: several threads speak
    sys.stdout.flush()


def _tell_alert(alert: AlertRaised) -> None:
    _say(f"{alert.title} | {alert.text}")


def main() -> int:
    """Trade until SIGTERM or a halt; the exit code of the bot itself."""
    orders = msgspec.json.decode(sys.stdin.readline(), type=Orders)
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    config = load_config(Path(orders.config), orders.overrides, {}, None)
    with hold_folder(Path(orders.state_dir)):
        channel = AppriseChannel([], _tell_alert, SecretValues())
        system = System(config, venue_of(orders, config.venue.category), Path(orders.database), orders.run_id, channel)
        system.start()
        milestones = system.milestones
        told = False
        while not stop.wait(0.005) and not milestones.halted.is_set():
            if milestones.ready.is_set() and not told:
                told = True
                _say("ready")
        system.stop()
    return HALTED if milestones.halted.is_set() else 0


if __name__ == "__main__":
    sys.exit(main())
