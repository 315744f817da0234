"""How positions are written in V5 answers and pushes."""

from typing import Any, NamedTuple

from bot.simulator.instruments import Instrument
from bot.simulator.numbers import plain
from bot.simulator.trading.account import Account
from bot.simulator.trading.adl import rank_indicator
from bot.simulator.trading.exposure import break_even
from bot.simulator.trading.margin import Margin, MarginSummary
from bot.simulator.trading.position import Position
from bot.simulator.trading.rows import money, template

POSITION = template(
    """positionIdx tradeMode riskId riskLimitValue symbol side size positionValue autoAddMargin positionStatus
    leverage breakEvenPrice markPrice liqPrice bustPrice positionBalance positionIM positionIMByMp positionMM
    positionMMByMp takeProfit stopLoss trailingStop tpslMode sessionAvgPrice delta gamma vega theta unrealisedPnl
    curRealisedPnl cumRealisedPnl adlRankIndicator createdTime updatedTime openTime seq isReduceOnly
    mmrSysUpdatedTime leverageSysUpdatedTime""",
    {
        "positionIdx": 0, "tradeMode": 0, "riskId": 1, "autoAddMargin": 0, "positionStatus": "Normal",
        "positionBalance": "0", "takeProfit": "0", "stopLoss": "0", "trailingStop": "0", "tpslMode": "Full",
        "adlRankIndicator": 0, "openTime": 0, "isReduceOnly": False,
    },
)  # fmt: skip
POSITION_ANSWER = POSITION | {"avgPrice": "0"}
POSITION_PUSH = POSITION | {"category": "linear", "entryPrice": "0"}


class Valuation(NamedTuple):
    """What a position is valued with: whose it is, its contract's rules, and the whole account now."""

    account: Account
    rules: Instrument
    margin: Margin
    summary: MarginSummary


def position_row(position: Position, valuation: Valuation) -> dict[str, Any]:
    """A position as queries answer it."""
    row = POSITION_ANSWER.copy()
    row["avgPrice"] = money(position.entry_price)
    return _fill_position(row, position, valuation)


def position_push_row(position: Position, valuation: Valuation) -> dict[str, Any]:
    """A position as the stream tells it."""
    row = POSITION_PUSH.copy()
    row["category"], row["entryPrice"] = position.category, money(position.entry_price)
    return _fill_position(row, position, valuation)


def _fill_position(row: dict[str, Any], position: Position, valuation: Valuation) -> dict[str, Any]:
    account, rules, margin = valuation.account, valuation.rules, valuation.margin
    exposure = margin.exposure(account, position)
    row["symbol"], row["side"], row["size"] = position.symbol, position.side or "", plain(abs(position.size))
    row["positionIdx"], row["positionStatus"] = position.idx, position.status
    row["leverage"], row["markPrice"] = plain(position.leverage), plain(exposure.mark_price)
    row["riskId"], row["riskLimitValue"] = rules.risk_tiers.index(exposure.tier) + 1, plain(exposure.tier.limit_value)
    row["autoAddMargin"], row["isReduceOnly"] = int(position.auto_add), position.reduce_only
    if position.size:
        _fill_held(row, position, valuation)
    for name, stop in (("takeProfit", position.take_profit), ("stopLoss", position.stop_loss)):
        if stop is not None and stop.trigger_price is not None:
            row[name] = plain(stop.trigger_price)
    if position.trailing_stop is not None:
        row["trailingStop"] = plain(rules.tick_size * position.trailing_stop.trail_ticks)
    row["curRealisedPnl"], row["cumRealisedPnl"] = plain(position.cur_realised), plain(position.cum_realised)
    row["createdTime"], row["updatedTime"] = str(position.created_ms), str(position.updated_ms)
    row["seq"] = position.seq
    return row


def _fill_held(row: dict[str, Any], position: Position, valuation: Valuation) -> None:
    account, margin = valuation.account, valuation.margin
    exposure = margin.exposure(account, position)
    row["positionValue"] = money(position.cost)
    row["positionIM"] = row["positionIMByMp"] = money(exposure.initial)
    row["positionMM"] = row["positionMMByMp"] = money(exposure.maintenance)
    row["unrealisedPnl"] = money(exposure.unrealised)
    row["adlRankIndicator"] = rank_indicator(position, exposure)
    row["openTime"], row["breakEvenPrice"] = position.opened_ms, money(break_even(position, margin.taker_rate))
    liquidation = margin.liquidation_price(account, position, valuation.summary)
    row["liqPrice"] = "" if liquidation is None else money(liquidation)
    if account.isolated:
        row["positionBalance"] = money(exposure.initial)
