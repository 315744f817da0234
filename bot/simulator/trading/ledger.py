"""The only place where fills, funding and transfers change wallets, positions and the house."""

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from bot.simulator.ids import Ids
from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.numbers import ZERO, to_ledger
from bot.simulator.trading.account import Account, ClosedPnl, Execution, LogEntry
from bot.simulator.trading.house import House
from bot.simulator.trading.order import Order
from bot.simulator.trading.position import Position

LOG_KINDS = {"BustTrade": "LIQUIDATION", "AdlTrade": "ADL"}
"""What the transaction log calls an execution that is no ordinary trade."""


class Fill(NamedTuple):
    """What an order traded at once: price, quantity and value (all of the market's own units), and as what.

    `with_street` tells that the other side is no account: then the street takes it.
    """

    price: Decimal
    qty: Decimal
    is_maker: bool
    fee_rate: Decimal
    with_street: bool = True
    exec_type: str = "Trade"
    pays_insurance: bool = False
    """The fee goes to the insurance fund, as that of a liquidation does."""


class Ledger:
    """Books what happened. All amounts end on 8 decimals, so that no rounding is ever lost."""

    def __init__(self, house: House, ids: Ids, accounts: Mapping[str, Account]) -> None:
        self.house = house
        self._ids = ids
        for account in accounts.values():
            for coin, purse in account.coins.items():
                house.deposits[coin] += purse.wallet

    def fill(self, account: Account, order: Order, market: SymbolMarket, fill: Fill) -> Execution:
        """Enter one fill of an order; what becomes of the order is up to the caller."""
        account.version += 1
        if order.category == "spot":
            return self._fill_spot(account, order, market, fill)
        return self._fill_contract(account, order, market, fill)

    def _fill_contract(self, account: Account, order: Order, market: SymbolMarket, fill: Fill) -> Execution:
        rules = market.instrument
        position = account.position(rules, order.position_idx)
        value = to_ledger(fill.qty / fill.price if position.inverse else fill.qty * fill.price)
        fee = to_ledger(value * fill.fee_rate)
        share = ClosingShare.of(position, order, fill, value, fee)
        applied = position.apply(order.side, fill.qty, value, fee, market.clock.now_ms)
        position.seq = self._ids.next_seq()
        coin = position.coin
        if fill.with_street:
            self.house.trade(rules.id, coin, order.side, fill.qty, value, inverse=position.inverse)
        (self.house.insurance if fill.pays_insurance else self.house.fees)[coin] += fee
        purse, total = account.purse(coin), account.total(rules.id)
        purse.wallet += applied.realised - fee
        purse.realised += applied.realised
        purse.fees += fee
        total.realised += applied.realised
        total.fees += fee
        total.volume += fill.qty
        execution = self._execution(account, order, market, fill, value, fee, coin, position.seq, *applied)
        account.executions.append(execution)
        self._log_trade(account, execution, applied.realised, position.size)
        if applied.closed:
            note_closed(account.closed, share.row(len(account.closed) + 1, execution, applied.realised, position))
        return execution

    def _fill_spot(self, account: Account, order: Order, market: SymbolMarket, fill: Fill) -> Execution:
        """Bybit takes the fee of a spot fill in the coin received."""
        rules = market.instrument
        base, quote = account.purse(rules.base_coin), account.purse(rules.quote_coin)
        value = to_ledger(fill.qty * fill.price)
        received, paid = (base, quote) if order.side == "Buy" else (quote, base)
        gained, spent = (fill.qty, value) if order.side == "Buy" else (value, fill.qty)
        fee_purse = received
        if fill.fee_rate < 0:  # a rebate comes in the coin that was paid
            fee_purse = paid
        fee = to_ledger((gained if fee_purse is received else spent) * fill.fee_rate)
        received.wallet += gained
        paid.wallet -= spent
        fee_purse.wallet -= fee
        fee_purse.fees += fee
        self.house.fees[fee_purse.coin] += fee
        if fill.with_street:
            self.house.swap(order.side, base.coin, fill.qty, quote.coin, value)
        account.total(rules.id).volume += fill.qty
        execution = self._execution(
            account, order, market, fill, value, fee, fee_purse.coin, self._ids.next_seq(), ZERO, ZERO
        )
        account.executions.append(execution)
        for purse, flow in ((received, gained), (paid, -spent)):
            self._log_trade(account, execution, flow, ZERO, purse.coin)
        return execution

    def fund(self, account: Account, position: Position, market: SymbolMarket, rate: Decimal) -> Execution:
        """Funding of a position: size x mark price x rate, paid by longs if the rate is positive."""
        mark, size = market.mark_price, position.size
        value = to_ledger(position.value_at(mark))
        paid = to_ledger(value * rate) * position.direction
        account.version += 1
        position.pay(paid)
        purse = account.purse(position.coin)
        purse.wallet -= paid
        purse.funding += paid
        account.total(position.market_id).funding += paid
        self.house.street[position.coin] += paid
        execution = Execution(
            sequence=len(account.executions) + 1, exec_id=self._ids.exec_id(), seq=self._ids.next_seq(),
            order_id=self._ids.order_id(), link_id="", market_id=position.market_id, symbol=position.symbol,
            category=position.category, side=position.side or "Buy", order_type="UNKNOWN", stop_order_type="UNKNOWN",
            create_type="UNKNOWN", order_price=ZERO, order_qty=ZERO, leaves_qty=ZERO, price=mark, qty=abs(size),
            value=value, fee=paid, fee_coin=position.coin, fee_rate=rate, is_maker=False, closed_qty=ZERO,
            realised=ZERO, mark_price=mark, index_price=market.index_price, time_ms=market.clock.now_ms,
            exec_type="Funding",
        )  # fmt: skip
        account.executions.append(execution)
        self._log(account, execution, "SETTLEMENT", position.coin, size, funding=-paid)
        return execution

    def move(self, account: Account, coin: str, amount: Decimal, kind: str, now_ms: int, note_id: str = "") -> None:
        """Put money into the unified wallet, or take it out (negative)."""
        account.version += 1
        purse = account.purse(coin)
        purse.wallet += amount
        self.house.deposits[coin] += amount
        account.log.append(
            LogEntry(
                len(account.log) + 1,
                self._ids.exec_id(),
                kind,
                coin,
                "",
                "",
                "None",
                ZERO,
                ZERO,
                ZERO,
                ZERO,
                ZERO,
                amount,
                purse.wallet,
                ZERO,
                note_id,
                "",
                "",
                now_ms,
            )
        )

    def insure(self, account: Account, coin: str, amount: Decimal) -> None:
        """The insurance fund takes what is left over (positive) or pays what is missing (negative)."""
        account.version += 1
        account.purse(coin).wallet -= amount
        self.house.insurance[coin] += amount

    def _execution(
        self, account: Account, order: Order, market: SymbolMarket, fill: Fill, value: Decimal, fee: Decimal,
        fee_coin: str, seq: int, closed: Decimal, realised: Decimal,
    ) -> Execution:  # fmt: skip
        return Execution(
            sequence=len(account.executions) + 1, exec_id=self._ids.exec_id(), seq=seq, order_id=order.order_id,
            link_id=order.link_id, market_id=order.market_id, symbol=order.symbol, category=order.category,
            side=order.side, order_type=order.order_type, stop_order_type=order.stop_order_type,
            create_type=order.create_type, order_price=order.price, order_qty=order.qty,
            leaves_qty=order.left - (value if order.by_quote else fill.qty), price=fill.price, qty=fill.qty,
            value=value, fee=fee, fee_coin=fee_coin, fee_rate=fill.fee_rate, is_maker=fill.is_maker,
            closed_qty=closed, realised=realised,
            mark_price=market.mark_price, index_price=market.index_price, time_ms=market.clock.now_ms,
            exec_type=fill.exec_type,
        )  # fmt: skip

    def _log_trade(self, account: Account, execution: Execution, flow: Decimal, size: Decimal, coin: str = "") -> None:
        kind = LOG_KINDS.get(execution.exec_type, "TRADE")
        self._log(account, execution, kind, coin or execution.fee_coin, size, cash_flow=flow)

    def _log(
        self, account: Account, execution: Execution, kind: str, coin: str, size: Decimal, *,
        cash_flow: Decimal = ZERO, funding: Decimal = ZERO,
    ) -> None:  # fmt: skip
        fee = execution.fee if kind != "SETTLEMENT" and coin == execution.fee_coin else ZERO
        account.log.append(
            LogEntry(
                len(account.log) + 1,
                execution.exec_id,
                kind,
                coin,
                execution.symbol,
                execution.category,
                execution.side,
                execution.qty,
                size,
                execution.price,
                funding,
                fee,
                cash_flow,
                account.purse(coin).wallet,
                execution.fee_rate,
                execution.exec_id,
                execution.order_id,
                execution.link_id,
                execution.time_ms,
            )
        )


class ClosingShare(NamedTuple):
    """What a fill is about to close of a position: its entry value and its part of the fees."""

    entry_value: Decimal
    exit_value: Decimal
    open_fee: Decimal
    close_fee: Decimal

    @classmethod
    def of(cls, position: Position, order: Order, fill: Fill, value: Decimal, fee: Decimal) -> "ClosingShare":
        """Before the fill is applied."""
        closing = min(fill.qty, position.closable_by(order.side))
        if not closing:
            return NOTHING_CLOSED
        held = abs(position.size)
        exit_value, close_fee = value, fee
        if closing != fill.qty:
            exit_value, close_fee = value * closing / fill.qty, fee * closing / fill.qty
        return cls(position.cost * closing / held, exit_value, position.open_fee * closing / held, close_fee)

    def row(self, sequence: int, execution: Execution, realised: Decimal, position: Position) -> ClosedPnl:
        return ClosedPnl(
            sequence, execution.market_id, execution.symbol, execution.category, execution.order_id, execution.side,
            execution.order_type, execution.exec_type, execution.order_qty, execution.order_price,
            execution.closed_qty, self.entry_value, self.exit_value,
            to_ledger(realised - self.open_fee - self.close_fee), to_ledger(self.open_fee), to_ledger(self.close_fee),
            1, position.leverage, execution.time_ms, execution.time_ms,
        )  # fmt: skip


def note_closed(rows: list[ClosedPnl], row: ClosedPnl) -> None:
    """Add what was closed; fills of one order, one after the other, share a row as on Bybit."""
    last = rows[-1] if rows else None
    if last is None or last.order_id != row.order_id:
        rows.append(row)
        return
    rows[-1] = last._replace(
        closed_qty=last.closed_qty + row.closed_qty,
        entry_value=last.entry_value + row.entry_value,
        exit_value=last.exit_value + row.exit_value,
        closed_pnl=last.closed_pnl + row.closed_pnl,
        open_fee=last.open_fee + row.open_fee,
        close_fee=last.close_fee + row.close_fee,
        fill_count=last.fill_count + 1,
        updated_ms=row.updated_ms,
    )


NOTHING_CLOSED = ClosingShare(ZERO, ZERO, ZERO, ZERO)
