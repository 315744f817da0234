"""How positions are written in V5 answers and pushes."""

from dataclasses import fields
from decimal import Decimal
from operator import attrgetter
from typing import Any, NamedTuple

from bot.simulator.instruments import Instrument
from bot.simulator.numbers import plain
from bot.simulator.trading.account import Account
from bot.simulator.trading.adl import rank_indicator
from bot.simulator.trading.exposure import Exposure, break_even
from bot.simulator.trading.margin import Margin, MarginSummary, liquidation_price_of
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


class PositionState(NamedTuple):
    """Everything that a position's row tells, as it was at one moment; nothing in it changes later."""

    position: tuple[Any, ...]
    rules: Instrument
    exposure: Exposure
    summary: MarginSummary
    isolated_spare: Decimal | None
    taker_rate: Decimal
    take_profit: Decimal | None
    stop_loss: Decimal | None
    trail_ticks: int

    @classmethod
    def of(cls, position: Position, valuation: Valuation) -> "PositionState":
        account, margin = valuation.account, valuation.margin
        take_profit, stop_loss, trailing = position.take_profit, position.stop_loss, position.trailing_stop
        return cls(
            _fields_of(position), valuation.rules, margin.exposure(account, position), valuation.summary,
            margin.isolated_spare(position) if account.isolated else None, margin.taker_rate,
            take_profit.trigger_price if take_profit else None, stop_loss.trigger_price if stop_loss else None,
            trailing.trail_ticks if trailing else 0,
        )  # fmt: skip


_fields_of = attrgetter(*(each.name for each in fields(Position)))


def position_row(position: Position, valuation: Valuation) -> dict[str, Any]:
    """A position as queries answer it."""
    row = POSITION_ANSWER.copy()
    row["avgPrice"] = money(position.entry_price)
    return _fill_position(row, position, PositionState.of(position, valuation))


def position_push_row(state: PositionState) -> dict[str, Any]:
    """A position as the stream tells it."""
    row, position = POSITION_PUSH.copy(), Position(*state.position)
    row["category"], row["entryPrice"] = position.category, money(position.entry_price)
    return _fill_position(row, position, state)


def _fill_position(row: dict[str, Any], position: Position, state: PositionState) -> dict[str, Any]:
    rules, exposure = state.rules, state.exposure
    row["symbol"], row["side"], row["size"] = position.symbol, position.side or "", plain(abs(position.size))
    row["positionIdx"], row["positionStatus"] = position.idx, position.status
    row["leverage"], row["markPrice"] = plain(position.leverage), plain(exposure.mark_price)
    row["riskId"], row["riskLimitValue"] = rules.risk_tiers.index(exposure.tier) + 1, plain(exposure.tier.limit_value)
    row["autoAddMargin"], row["isReduceOnly"] = int(position.auto_add), position.reduce_only
    if position.size:
        _fill_held(row, position, state)
    for name, price in (("takeProfit", state.take_profit), ("stopLoss", state.stop_loss)):
        if price is not None:
            row[name] = plain(price)
    if state.trail_ticks:
        row["trailingStop"] = plain(rules.tick_size * state.trail_ticks)
    row["curRealisedPnl"], row["cumRealisedPnl"] = plain(position.cur_realised), plain(position.cum_realised)
    row["createdTime"], row["updatedTime"] = str(position.created_ms), str(position.updated_ms)
    row["seq"] = position.seq
    return row


def _fill_held(row: dict[str, Any], position: Position, state: PositionState) -> None:
    exposure = state.exposure
    row["positionValue"] = money(position.cost)
    row["positionIM"] = row["positionIMByMp"] = money(exposure.initial)
    row["positionMM"] = row["positionMMByMp"] = money(exposure.maintenance)
    row["unrealisedPnl"] = money(exposure.unrealised)
    row["adlRankIndicator"] = rank_indicator(position, exposure)
    row["openTime"], row["breakEvenPrice"] = position.opened_ms, money(break_even(position, state.taker_rate))
    liquidation = liquidation_price_of(position, exposure, state.summary, state.rules, state.isolated_spare)
    row["liqPrice"] = "" if liquidation is None else money(liquidation)
    if state.isolated_spare is not None:
        row["positionBalance"] = money(exposure.initial)
