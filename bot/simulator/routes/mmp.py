"""Market maker protection: settings that are kept per base coin. It guards options, which are not traded here."""

from typing import Any

from bot.simulator.numbers import ZERO, plain
from bot.simulator.routes.call import Call
from bot.simulator.routes.params import invalid

NUMBERS = ("window", "frozenPeriod", "qtyLimit", "deltaLimit")


def modify(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, account/mmp-modify."""
    params = call.params
    base_coin = _base_coin(call)
    values: dict[str, str] = {}
    for name in NUMBERS:
        number = params.number(name)
        if number is None:
            raise invalid(f"{name} invalid")
        values[name] = plain(number)
    values["vegaLimit"] = plain(params.number("vegaLimit") or ZERO)
    call.account.mmp[base_coin] = values
    return {}


def reset(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, account/mmp-reset: nothing is ever frozen here."""
    _base_coin(call)
    return {}


def state(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, account/mmp-state."""
    base_coin = call.params.text("baseCoin")
    rows = [
        {"baseCoin": coin, "mmpEnabled": True, **values, "mmpFrozenUntil": "0", "mmpFrozen": False}
        for coin, values in call.account.mmp.items()
        if base_coin in {"", coin}
    ]
    return {"result": rows}


def _base_coin(call: Call) -> str:
    base_coin = call.params.text("baseCoin")
    if not base_coin:
        raise invalid("baseCoin invalid")
    return base_coin
