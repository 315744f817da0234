"""The door through which `python -m bot ctl` reaches a running bot."""

import hmac
import json
import logging
import os
import secrets
import socketserver
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, override

import msgspec

from actors.reviser import Reviser
from bot.core.dashboard import DashboardSnapshot
from bot.core.operator import MODES, messages_for
from bot.domain.errors import UserError
from bot.domain.messages import AccountState, Message, TradingMode
from bot.domain.values import Symbol, TimeMs
from bot.operator.door import HOST, LONGEST_LINE, Door, write_door

log = logging.getLogger(__name__)

CONFIRMED_WITHIN_S = 5.0
LOOK_EVERY_S = 0.02
READ_WITHIN_S = 5.0


class BotHandle:
    """What the door needs of the bot; every function may be called from any thread."""

    def __init__(
        self,
        tell: Callable[[Message], None],
        snapshot: Callable[[], DashboardSnapshot | None],
        symbols: Callable[[], Sequence[Symbol]],
        now_ms: Callable[[], TimeMs],
        reviser: Reviser,
    ) -> None:
        self.tell = tell
        self.snapshot = snapshot
        self.symbols = symbols
        self.now_ms = now_ms
        self.reviser = reviser


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    @override
    def handle_error(self, request: object, client_address: object) -> None:
        """A visitor that breaks off is no news for the terminal."""
        log.warning("a visitor at the door broke off", exc_info=sys.exception())


class OperatorDoor:
    """Listens on a port of this machine, in threads of its own; open from ``open`` to ``close``."""

    def __init__(self, state_dir: Path, bot: BotHandle) -> None:
        self._state_dir = state_dir
        self._bot = bot
        self._token = secrets.token_urlsafe(24)
        self._server: socketserver.ThreadingTCPServer | None = None
        self._file: Path | None = None

    def open(self) -> None:
        """Write down where the door is, and listen."""
        door = self

        class Visit(socketserver.StreamRequestHandler):
            timeout = READ_WITHIN_S

            def handle(self) -> None:
                answer = door.answer(self.rfile.readline(LONGEST_LINE))
                self.wfile.write(json.dumps(answer).encode() + b"\n")

        server = _Server((HOST, 0), Visit)
        port = int(server.server_address[1])
        threading.Thread(target=server.serve_forever, name="operator door", daemon=True).start()
        self._server = server  # to shut down one that does not serve would never end
        self._file = write_door(self._state_dir, Door(port, self._token, os.getpid()))

    def close(self) -> None:
        """Take the file away and listen no more."""
        if self._file is not None:
            self._file.unlink(missing_ok=True)
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def answer(self, line: bytes) -> dict[str, Any]:
        """Do what one line asks for; refusals are answers too."""
        try:
            request = json.loads(line)
            token, command, arguments = request["token"], request["command"], request["arguments"]
            if not isinstance(token, str) or not hmac.compare_digest(token.encode(), self._token.encode()):
                return {"error": "the token is wrong"}
            if not isinstance(command, str) or not all(isinstance(each, str) for each in arguments):
                return {"error": "a command and its arguments must be texts"}
        except (ValueError, KeyError, TypeError):
            return {"error": "a request must be a JSON object with token, command and arguments"}
        shown = [each.partition("=")[0] for each in arguments] if command == "set" else arguments
        log.info("operator: %.40r %.400r", command, " ".join(shown))  # what is set may be a secret
        try:
            return self._do(command, arguments)
        except UserError as error:
            return {"error": str(error)}

    def _do(self, command: str, arguments: Sequence[str]) -> dict[str, Any]:
        if command == "status":
            snapshot = self._bot.snapshot()
            if snapshot is None:
                raise UserError("the bot is busy; try again")
            return {"status": msgspec.to_builtins(snapshot)}
        if command == "set":
            return {"said": self._bot.reviser.set(" ".join(arguments))}
        if command == "reload":
            return {"said": self._bot.reviser.reload()}
        if command in MODES and command != "halt" and self._mode() is TradingMode.HALTED:
            raise UserError("the bot is halted until it is released: ctl release halted")
        messages = messages_for(command, arguments, self._bot.symbols(), self._bot.now_ms())
        if command == "release" and not self._holds(" ".join(arguments) or "all"):
            raise UserError("nothing of that is latched; status shows what is")
        for message in messages:
            self._bot.tell(message)
        if command in MODES:
            self._wait(lambda: self._mode() is MODES[command], command)
            return {"said": f"the bot is {MODES[command].replace('_', ' ')}"}
        if command == "release":
            guard = " ".join(arguments) or "all"
            self._wait(lambda: not self._holds(guard), command)
            return {"said": f"released: {guard}"}
        return {"said": f"{' '.join((command, *arguments))}: under way; status shows what has become of it"}

    def _wait(self, is_done: Callable[[], bool], command: str) -> None:
        deadline_s = time.monotonic() + CONFIRMED_WITHIN_S
        while not is_done():
            if time.monotonic() > deadline_s:
                raise UserError(f"{command}: the bot has not done it within {CONFIRMED_WITHIN_S:.0f} s; see status")
            time.sleep(LOOK_EVERY_S)

    def _mode(self) -> TradingMode | None:
        state = self._state()
        return None if state is None else state.mode

    def _holds(self, guard: str) -> bool:
        """Whether something that can be released keeps the account closed."""
        state = self._state()
        if state is None:
            return True
        holding = {each.name for each in state.guards}
        if state.mode is TradingMode.HALTED:
            holding.add("halted")
        return bool(holding) if guard == "all" else guard in holding

    def _state(self) -> AccountState | None:
        snapshot = self._bot.snapshot()
        return None if snapshot is None else snapshot.account_state
