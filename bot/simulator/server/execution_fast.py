"""The `execution.fast` topic: trades without fees, made from the pushes of `execution`."""

from typing import Any

_FIELDS = ("category", "symbol", "execId", "execPrice", "execQty", "orderId", "isMaker", "orderLinkId", "side")


def fast_frame(frame: dict[str, Any]) -> dict[str, Any] | None:
    """Bybit V5 docs, fast execution; None if the frame holds no trade.

    Funding, liquidations and settlements are left out, and a maker's orderLinkId is "".
    """
    rows = [_row(each) for each in frame["data"] if each["execType"] == "Trade"]
    if not rows:
        return None
    return {"topic": "execution.fast", "creationTime": frame["creationTime"], "data": rows}


def _row(execution: dict[str, Any]) -> dict[str, Any]:
    row = {name: execution[name] for name in _FIELDS}
    if execution["isMaker"]:
        row["orderLinkId"] = ""
    return row | {"execTime": execution["execTime"], "seq": execution["seq"]}
