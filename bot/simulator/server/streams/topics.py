"""Which topic names a stream knows, and the channels they stand for."""

from typing import Final

from bot.simulator.server.connections import EXECUTION_FAST, Channel
from bot.simulator.server.streams.replies import PARAMS_ERROR, PRIVATE_PATH, STATUS_PATH, not_found

MAX_SPOT_ARGS = 10
CATEGORISED: Final = ("order", "execution", "position", EXECUTION_FAST)
CATEGORIES: Final = ("linear", "inverse", "spot", "option")
ALL_IN_ONE: Final = ("order", "execution", "position", "wallet", "greeks", EXECUTION_FAST)
DCP: Final = ("dcp.future", "dcp.spot", "dcp.option")
STATUS: Final = "system.status"


def read_channels(path: str, account: str | None, args: object) -> dict[str, Channel] | str:
    """The channels that the `args` of a request name, by the client's names; or why they are refused.

    Whether a public topic exists is for the exchange to say.
    """
    if not isinstance(args, list) or not args or not all(isinstance(each, str) for each in args):
        return PARAMS_ERROR
    if path == PRIVATE_PATH:
        return "Request not authorized" if account is None else _private(account, args)
    if path == STATUS_PATH:
        unknown = [name for name in args if name != STATUS]
        return not_found(unknown[0]) if unknown else {name: Channel(None, "misc", name) for name in args}
    category = path.removeprefix("/v5/public/")
    if category == "spot" and len(args) > MAX_SPOT_ARGS:
        return f"args size >{MAX_SPOT_ARGS}"
    return {name: Channel(None, category, name) for name in args}


def _private(account: str, names: list[str]) -> dict[str, Channel] | str:
    channels: dict[str, Channel] = {}
    kinds = set()
    for name in names:
        topic, _, category = name.rpartition(".")
        if name in ALL_IN_ONE:
            kinds.add("all in one")
            channels[name] = Channel(account, "", name)
        elif topic in CATEGORISED and category in CATEGORIES:
            kinds.add("categorised")
            channels[name] = Channel(account, category, topic)
        elif name in DCP:
            channels[name] = Channel(account, "", name)
        else:
            return not_found(name)
    return channels if len(kinds) <= 1 else PARAMS_ERROR  # the two kinds must not share a request
