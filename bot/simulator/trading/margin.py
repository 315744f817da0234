"""Margins of a unified account: what all its positions and orders tie up together."""

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from bot.simulator.instruments import Instrument
from bot.simulator.market.book import Side
from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.numbers import ZERO
from bot.simulator.trading.account import Account
from bot.simulator.trading.exposure import Exposure, exposure_of, order_im, price_where_spent, tier_of
from bot.simulator.trading.order import Order
from bot.simulator.trading.order_load import NO_LOAD, Opening, OrderLoad
from bot.simulator.trading.position import Position

DOLLARS = frozenset({"USDT", "USDC", "USD"})
ONE = Decimal(1)


class CoinSummary(NamedTuple):
    """One coin of an account at one moment, in that coin."""

    coin: str
    wallet: Decimal
    unrealised: Decimal
    position_im: Decimal
    position_mm: Decimal
    order_im: Decimal
    locked: Decimal
    usd_price: Decimal

    @property
    def equity(self) -> Decimal:
        return self.wallet + self.unrealised

    @property
    def free(self) -> Decimal:
        """What isolated positions and orders leave."""
        return self.wallet - self.position_im - self.order_im - self.locked


class MarginSummary(NamedTuple):
    """An account's money at one moment: its coins, and their sums in USD (USDT and USDC count as one USD)."""

    coins: Mapping[str, CoinSummary]
    wallet: Decimal
    unrealised: Decimal
    position_im: Decimal
    position_mm: Decimal
    order_im: Decimal

    @property
    def equity(self) -> Decimal:
        return self.wallet + self.unrealised

    @property
    def initial_margin(self) -> Decimal:
        return self.position_im + self.order_im

    @property
    def available(self) -> Decimal:
        return max(self.equity - self.initial_margin, ZERO)

    @property
    def must_liquidate(self) -> bool:
        """Cross margin: the maintenance margin is no longer covered."""
        return self.position_mm > 0 and self.position_mm >= self.equity


type Amounts = tuple[Decimal, Decimal, Decimal, Decimal]
"""Unrealised profit, initial and maintenance margin of positions, margin of orders."""
_NOTHING: Amounts = (ZERO, ZERO, ZERO, ZERO)


class Margin:
    """Works out margins from an account's positions and orders at current prices."""

    def __init__(self, markets: Mapping[str, SymbolMarket], taker_rate: Decimal) -> None:
        self._markets = markets
        self._exposures: dict[Position, tuple[_Basis, Exposure]] = {}
        self._loads: dict[tuple[str, str], tuple[int, OrderLoad]] = {}
        self._dollar_markets: dict[str, SymbolMarket | None] = {}
        self.taker_rate = taker_rate

    def summary(self, account: Account) -> MarginSummary:
        """Everything the account has and ties up now."""
        sums = self._sums(account)
        coins: dict[str, CoinSummary] = {}
        total: Amounts = _NOTHING
        wallet = ZERO
        for coin, purse in account.coins.items():
            usd, held, amounts = self.usd_price(coin), purse.wallet, sums.get(coin, _NOTHING)
            profit, initial, maintenance, orders = amounts
            coins[coin] = CoinSummary(coin, held, profit, initial, maintenance, orders, purse.locked, usd)
            wallet += held if usd is ONE else held * usd
            if amounts is not _NOTHING:
                if usd is not ONE:
                    amounts = (profit * usd, initial * usd, maintenance * usd, orders * usd)
                total = amounts if total is _NOTHING else _plus(total, amounts)
        return MarginSummary(coins, wallet, *total)

    def _sums(self, account: Account) -> dict[str, Amounts]:
        """Unrealised profit, margins of positions and margin of orders by coin, where there are any."""
        sums: dict[str, Amounts] = {}
        for position in account.positions.values():
            if position.size:
                exposure, coin = self.exposure(account, position), position.coin
                profit, initial, maintenance, _ = sums.get(coin, _NOTHING)
                sums[coin] = (
                    profit + exposure.unrealised, initial + exposure.initial, maintenance + exposure.maintenance, ZERO
                )  # fmt: skip
        for market_id in account.working_markets():
            rules = self._markets[market_id].instrument
            if rules.category != "spot":
                profit, initial, maintenance, orders = sums.get(rules.settle_coin, _NOTHING)
                orders += self.reserved(account, market_id)
                sums[rules.settle_coin] = (profit, initial, maintenance, orders)
        return sums

    def exposure(self, account: Account, position: Position) -> Exposure:
        """A position valued at the mark price now."""
        market = self._markets[position.market_id]
        if not position.size:
            qty, mark_price = self.load(account, position.market_id).qty, market.mark_price
            value = position.value_at(mark_price, qty) if qty else ZERO
            return Exposure(mark_price, tier_of(market.instrument, value))
        mark_price, version = market.mark_price, account.version
        basis = (mark_price, version, account.margin_mode, position.leverage, position.extra_margin)
        known = self._exposures.get(position)
        if known is not None and known[0] == basis:
            return known[1]
        load = self.load(account, position.market_id)
        tier = tier_of(market.instrument, position.value_at(mark_price, abs(position.size) + load.qty))
        exposure = exposure_of(position, mark_price, self.taker_rate, tier, isolated=account.isolated)
        self._exposures[position] = (basis, exposure)
        return exposure

    def load(self, account: Account, market_id: str) -> OrderLoad:
        """What the open orders of a market would open."""
        if not account.open_count(market_id):
            return NO_LOAD
        known = self._loads.get((account.id, market_id))
        if known is not None and known[0] == account.version:
            return known[1]
        load = self._load_now(account, market_id)
        self._loads[account.id, market_id] = (account.version, load)
        return load

    def reserved(self, account: Account, market_id: str) -> Decimal:
        """The margin of the open orders of a market, in its settle coin."""
        return self.load(account, market_id).margin(self.taker_rate)

    def cost(self, account: Account, order: Order, price: Decimal) -> Decimal:
        """What a new order would reserve, in the settle coin: only what it opens costs, not what it closes."""
        position, opening = self._opening_of(account, order)
        return order_im(order.side, opening, price, position.leverage, self.taker_rate, inverse=position.inverse)

    def value_after(self, account: Account, order: Order) -> Decimal:
        """What position and orders would be worth with a new order, in the settle coin; 0 = it opens nothing."""
        position, opening = self._opening_of(account, order)
        if not opening:
            return ZERO
        qty = abs(position.size) + self.load(account, order.market_id).qty + opening
        return position.value_at(self._markets[order.market_id].mark_price, qty)

    def can_afford(self, account: Account, coin: str, cost: Decimal) -> bool:
        """Whether `cost` more can be reserved: out of the whole account in cross margin, of the coin in isolated."""
        if cost <= 0:
            return True
        summary = self.summary(account)
        if account.isolated:
            return cost <= summary.coins[coin].free if coin in summary.coins else False
        return cost * self.usd_price(coin) <= summary.available

    def spendable(self, account: Account, coin: str) -> Decimal:
        """What orders of pairs may still spend of a coin: isolated positions and orders keep their margin."""
        purse = account.purse(coin)
        free = purse.wallet - purse.locked
        return min(free, self.summary(account).coins[coin].free) if account.isolated else free

    def over_committed(self, account: Account) -> bool:
        """Whether more is reserved than there is: a change that leads there is refused."""
        summary = self.summary(account)
        if account.isolated:
            return any(each.free < 0 and (each.position_im or each.order_im) for each in summary.coins.values())
        return summary.initial_margin > max(summary.equity, ZERO)

    def usd_price(self, coin: str) -> Decimal:
        """What one unit of a coin is worth in USD: the index of a contract or pair of it; 0 if there is none."""
        if coin in DOLLARS:
            return ONE
        if coin not in self._dollar_markets:
            names = (f"{coin}USDT", f"{coin}USD", f"spot:{coin}USDT")
            self._dollar_markets[coin] = next((self._markets[each] for each in names if each in self._markets), None)
        market = self._dollar_markets[coin]
        return ZERO if market is None else market.index_price

    def liquidation_price(self, account: Account, position: Position, summary: MarginSummary) -> Decimal | None:
        """Where the position would be liquidated, others frozen (Bybit help centre, liquidation price).

        None = it is flat or the price cannot be reached.
        """
        if not position.size:
            return None
        spare = self.isolated_spare(position) if account.isolated else None
        rules = self._markets[position.market_id].instrument
        return liquidation_price_of(position, self.exposure(account, position), summary, rules, spare)

    def bankruptcy_price(self, account: Account, position: Position, summary: MarginSummary) -> Decimal | None:
        """Where nothing of the position's margin is left; None = nowhere."""
        if account.isolated:
            spare = self.isolated_spare(position)
        else:
            usd = self.usd_price(position.coin)
            spare = summary.equity / usd if usd else ZERO
            spare -= self.exposure(account, position).unrealised
        return price_where_spent(position, spare, ZERO)

    def isolated_spare(self, position: Position) -> Decimal:
        """The position's own margin without fees; Bybit takes the fee off what was added to an inverse one."""
        extra = position.extra_margin
        if position.inverse:
            extra /= 1 + position.direction * self.taker_rate
        return position.cost / position.leverage + extra

    def _opening_of(self, account: Account, order: Order) -> tuple[Position, Decimal]:
        """The position of a new order, and how much of the order would open something."""
        position = account.position(self._markets[order.market_id].instrument, order.position_idx)
        closable = position.closable_by(order.side)
        if not closable:
            return position, order.qty
        spoken_for = sum((each.open_qty for each in _opening(account, order.market_id, order.side, order)), ZERO)
        return position, max(order.qty - max(closable - spoken_for, ZERO), ZERO)

    def _load_now(self, account: Account, market_id: str) -> OrderLoad:
        rules = self._markets[market_id].instrument
        if rules.category == "spot":
            return NO_LOAD
        qty, openings = ZERO, []
        closing: dict[tuple[int, Side], Decimal] = {}
        for order in account.open_in(market_id):
            if order.reduce_only or not order.is_resting:
                continue
            position, opening = account.position(rules, order.position_idx), order.open_qty
            if position.size:
                pool = (order.position_idx, order.side)
                left = closing.get(pool)
                left = position.closable_by(order.side) if left is None else left
                closing[pool] = max(left - opening, ZERO)
                opening = max(opening - left, ZERO)
            if opening:
                openings.append(Opening(order, opening, position.leverage, position.inverse))
                qty += opening
        return OrderLoad(openings, qty)


def liquidation_price_of(
    position: Position, exposure: Exposure, summary: MarginSummary, rules: Instrument, isolated_spare: Decimal | None
) -> Decimal | None:
    """Where a position that is not flat would be liquidated: out of what was worked out at one moment.

    `isolated_spare` is the position's own margin, None in cross margin.
    """
    spare = isolated_spare
    if spare is None:
        usd = summary.coins[position.coin].usd_price
        spare = (summary.equity - summary.position_mm) / usd if usd else ZERO
        spare += exposure.maintenance - exposure.unrealised - exposure.fee_to_close
    price = price_where_spent(position, spare + exposure.tier.mm_deduction, exposure.tier.maintenance_rate)
    return price if price is not None and rules.tick_size < price < rules.max_price else None


type _Basis = tuple[Decimal, int, str, Decimal, Decimal]


def _plus(one: Amounts, other: Amounts) -> Amounts:
    return one[0] + other[0], one[1] + other[1], one[2] + other[2], one[3] + other[3]


def _opening(account: Account, market_id: str, side: Side, but: Order | None = None) -> list[Order]:
    """Resting orders of a side that may open something."""
    return [
        order
        for order in account.open_in(market_id)
        if order.is_resting and order.side == side and not order.reduce_only and order is not but
    ]
