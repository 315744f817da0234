"""The state of the whole exchange."""

from typing import Any

from bot.simulator.routes.call import Call


def status(_call: Call) -> dict[str, Any]:
    """Bybit V5 docs, system-status: no maintenance is planned."""
    return {"list": []}
