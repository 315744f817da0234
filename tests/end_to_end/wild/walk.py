"""What happens in a walk, and what must hold at every moment and at every quiet one."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from bot.domain.address import Role, address_of
from bot.domain.contract import contract_of
from bot.domain.messages import (
    CancelEntriesWanted,
    ClosePositionWanted,
    Direction,
    FlattenWanted,
    Levels,
    PriceMarked,
    SignalRaised,
)
from bot.domain.values import Symbol
from bot.venue.simulator_settings import ACCOUNT
from tests.end_to_end.wild.world import World

SYMBOL_MAX, TOTAL_MAX = Decimal(9_000), Decimal(14_000)
POSITIONS_MAX = 2
DRIFT = Decimal("1.15")
"""How far prices may run between an approval and the last order of what was approved."""
RULES = {10001, 110003, 110017, 110094}
"""What an order gets that breaks a rule of its instrument, among other reasons."""
NOT_A_RULE = (
    "should be lower than", "should be higher than", "greater than", "less than", "winning side", "not modified",
    "reduce-only", "position is zero", "zero position",
)  # fmt: skip
"""Answers under the same codes that say only where the price, or the position, went meanwhile."""


class Walk:
    """Random steps on one world."""

    def __init__(self, seed: int, folder: Path, overrides: Sequence[str]) -> None:
        limits = (
            f"risk.max_open_positions={POSITIONS_MAX}",
            f"risk.limits.symbol_exposure_quote_max={SYMBOL_MAX}",
            f"risk.limits.total_exposure_quote_max={TOTAL_MAX}",
            "risk.risk_per_trade=0.01",
        )
        self.world = World(seed, folder, (*limits, *overrides))
        self._random = self.world.random
        self._touched = False
        self._ignores = self.world.config.execution.external_positions == "ignore"
        self.signals = self.hands = self.deaths = 0

    # --- what happens ------------------------------------------------------------------------------------------

    def step(self) -> None:
        """One thing of many."""
        chosen: Callable[[], None] = self._random.choices(
            (
                self._pass,
                self._hear,
                self._signal,
                self._jump,
                self._by_hand,
                self._die,
                self._replace,
                self._order_out,
            ),
            (30, 22, 24, 12, 4, 2, 2, 2),
        )[0]
        chosen()
        self.check_exposure()

    def _pass(self) -> None:
        self.world.wait(self._random.choice([50, 700, 3_000, 20_000, 60_000]))
        self._mark()

    def _hear(self) -> None:
        for _ in range(self._random.randrange(1, 8)):
            self.world.hear()

    def _mark(self) -> None:
        """Bars close: prices are told, as an analyzer does where there is a position."""
        for symbol in self.world.symbols:
            price = self._price(symbol)
            bar = (price, price * 0.9995, price * 1.0005)
            self.world.tell(PriceMarked(symbol, self.world.now_ms, *bar, self._levels(price)))

    def _signal(self) -> None:
        self.signals += 1
        symbol = self._random.choice(self.world.symbols)
        direction = self._random.choice(
            [Direction.LONG, Direction.SHORT, Direction.LONG, Direction.SHORT, Direction.FLAT]
        )
        sign = {Direction.LONG: 1, Direction.SHORT: -1, Direction.FLAT: 0}[direction]
        price = self._price(symbol)
        stop = price * (1 - sign * self._random.uniform(0.006, 0.02)) if sign else None
        target = (
            price * (1 + sign * self._random.uniform(0.006, 0.03)) if sign and self._random.random() < 0.5 else None
        )
        self.world.tell(
            SignalRaised(
                symbol, "walk", "1", self.world.now_ms, direction, 1.0, price, stop, target, (),
                levels=self._levels(price),
            )
        )  # fmt: skip

    def _levels(self, price: float) -> Levels:
        return Levels(price * 0.004, price * 1.01, price * 0.99)

    def _price(self, symbol: Symbol) -> float:
        return float(self.world.exchange.last_price(symbol))

    def _jump(self) -> None:
        """The price jumps, through stops and targets if they are there."""
        symbol = self._random.choice(self.world.symbols)
        factor = Decimal(str(round(self._random.choice([0.002, 0.004, 0.012, 0.03]) * self._random.choice([-1, 1]), 4)))
        price = self.world.exchange.last_price(symbol) * (1 + factor)
        self.world.session.take(self.world.exchange.move_price(symbol, price))
        self.world.wait(10)
        self._mark()

    def _order_out(self) -> None:
        """A guard or a person wants less."""
        now_ms, symbol = self.world.now_ms, self._random.choice(self.world.symbols)
        messages = [
            FlattenWanted(now_ms, "a guard"),
            ClosePositionWanted(symbol, now_ms, "operator"),
            CancelEntriesWanted(now_ms, "operator"),
        ]
        self.world.tell(self._random.choice(messages))

    def _die(self) -> None:
        self.deaths += 1
        if self._random.random() < 0.3:
            self.world.cut()
            return
        self.world.wait(self._random.randrange(1, 8_000))
        self.world.begin()

    def _replace(self) -> None:
        managers = [address_of(Role.POSITION_MANAGER, symbol) for symbol in self.world.symbols]
        self.world.replace(self._random.choice([address_of(Role.ACCOUNT), *managers]))

    def _by_hand(self) -> None:
        """The owner of the account does something in the app, or the venue does."""
        self.hands += 1
        self._touched = True
        world, symbol = self.world, self._random.choice(self.world.symbols)
        side = self._random.choice(["Buy", "Sell"])
        qty = {"BTCUSDT": "0.02", "ETHUSDT": "0.5", "SOLUSDT": "8", "BTCUSD": "1500"}[symbol]
        order = {"symbol": symbol, "side": side, "orderType": "Market", "qty": qty}
        held = [row for row in world.positions() if row["symbol"] == symbol]
        orders = world.open_orders()
        match self._random.randrange(6):
            case 0:
                world.do("/v5/order/create", **order)
            case 1 if held:
                away = "Sell" if held[0]["side"] == "Buy" else "Buy"
                world.do("/v5/order/create", **{**order, "side": away, "qty": held[0]["size"], "reduceOnly": True})
            case 2 if orders:
                chosen = self._random.choice(orders)
                world.do("/v5/order/cancel", symbol=chosen["symbol"], orderId=chosen["orderId"])
            case 3:
                leverage = str(self._random.randrange(2, 10))
                world.do("/v5/position/set-leverage", symbol=symbol, buyLeverage=leverage, sellLeverage=leverage)
            case 4 if held:
                world.do("/v5/position/trading-stop", symbol=symbol, tpslMode="Full", positionIdx=0, stopLoss="0")
            case 5 if held:
                self.world.session.take(world.exchange.intervene(lambda venue: venue.deleverage(ACCOUNT, symbol)))
            case _:
                pass

    # --- what must hold ----------------------------------------------------------------------------------------

    def check_exposure(self) -> None:
        """Positions and orders that may open one, whatever is known of them, stay within what is allowed."""
        broken = [each for each in self.world.session.refused if each[1] in RULES and not _is_the_market(each[2])]
        assert not broken, f"an order broke a rule: {broken}"
        if self._touched:
            return
        exposure = self._exposure()
        assert len(exposure) <= POSITIONS_MAX, f"more than {POSITIONS_MAX} symbols: {exposure}"
        assert max(exposure.values(), default=Decimal(0)) <= SYMBOL_MAX * DRIFT, exposure
        assert sum(exposure.values()) <= TOTAL_MAX * DRIFT, exposure

    def _exposure(self) -> dict[str, Decimal]:
        found: dict[str, Decimal] = {}
        for row in self.world.positions():
            value = self._value(row["symbol"], row["size"])
            found[row["symbol"]] = found.get(row["symbol"], Decimal(0)) + value
        for row in self.world.open_orders():
            if not row["reduceOnly"] and not row["closeOnTrigger"]:
                value = self._value(row["symbol"], row["leavesQty"])
                found[row["symbol"]] = found.get(row["symbol"], Decimal(0)) + value
        return found

    def _value(self, symbol: str, qty: str) -> Decimal:
        """In quote coin."""
        return contract_of(symbol).value_quote(Decimal(qty), self.world.exchange.last_price(symbol))

    def quiet(self) -> None:
        """Everything comes to its end; then ledger and exchange are equal and every position has its stop."""
        self.world.quiet()
        found = self.world.differences()
        assert not found, f"{found}"
        naked = [row["symbol"] for row in self.world.positions() if not _has_its_stop(row)]
        assert naked == [] or self._ignores, f"no stop on the right side: {naked}"
        openers = [row for row in self.world.open_orders() if not row["reduceOnly"] and not row["closeOnTrigger"]]
        assert openers == [], "an entry was left on the book"
        halted = [each.title for each in self.world.alerts.raised if "halt" in each.title.lower()]
        assert halted == []
        self._touched = bool(self._exposure()) and self._touched
        self.check_exposure()
        self.world.session.is_wild = True

    def run(self, steps: int) -> None:
        """So many steps, with quiet points between them and at the end."""
        self.quiet()
        for number in range(1, steps + 1):
            self.step()
            if number % 30 == 0:
                self.quiet()
        self.quiet()
        self.world.close()


def _is_the_market(text: str) -> bool:
    return any(words in text.lower() for words in NOT_A_RULE)


def _has_its_stop(position: dict[str, Any]) -> bool:
    stop = Decimal(position["stopLoss"] or 0)  # Bybit shows none as "" or as "0"
    if not stop:
        return False
    beyond = Decimal(position["markPrice"]) - stop
    return beyond > 0 if position["side"] == "Buy" else beyond < 0
