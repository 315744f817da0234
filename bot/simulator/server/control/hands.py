"""Control actions of a person's or the venue's hand: on accounts, on the price and on the rules of a market."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from http import HTTPStatus
from typing import Any, Literal

import msgspec

from bot.simulator.core import ExchangeCore
from bot.simulator.errors import SimulatorError
from bot.simulator.instruments import Status
from bot.simulator.numbers import plain
from bot.simulator.push import Push
from bot.simulator.server.control.door import Action, Ask, ControlError
from bot.simulator.server.venue import Venue
from bot.simulator.trading.interventions import Interventions

MAX_AMOUNT = Decimal(10) ** 15
MIN_STEP = Decimal(10) ** -12
FARTHEST_JUMP = 1000
"""A price moves by no more than this factor at a time: books and candles are made for prices of one size."""
TICKS_IN_PRICE = (10, 10**9)


def _amount(**amounts: Decimal) -> None:
    """Refuse what is no amount that a ledger can hold."""
    for name, amount in amounts.items():
        if not (amount.is_finite() and abs(amount) <= MAX_AMOUNT):
            raise ControlError(HTTPStatus.BAD_REQUEST, f"{name}: {amount} is no amount up to {MAX_AMOUNT:f}")


def _positive(**amounts: Decimal | None) -> None:
    """Refuse an amount that is given but not positive, or out of all proportion."""
    for name, amount in amounts.items():
        if amount is None:
            continue
        _amount(**{name: amount})
        if amount < MIN_STEP:
            raise ControlError(HTTPStatus.BAD_REQUEST, f"{name}: {amount} is not positive")


class RequestBody(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /control/request`: what the account's owner would do in the app; no key and no limits apply."""

    path: str
    params: dict[str, Any] = {}
    account: str | None = None
    method: Literal["GET", "POST"] = "POST"


class CloseBody(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /control/close`: without `qty` the whole position."""

    symbol: str
    account: str | None = None
    qty: Decimal | None = None
    position_idx: int = 0


class DepositBody(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /control/deposit`; a negative amount takes money out."""

    amount: Decimal
    coin: str = "USDT"
    account: str | None = None


class LiquidateBody(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /control/liquidate`: without a symbol everything that the account holds."""

    account: str | None = None
    symbol: str | None = None
    position_idx: int = 0


class DeleverageBody(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /control/adl`: without `qty` the whole position."""

    symbol: str
    account: str | None = None
    qty: Decimal | None = None
    position_idx: int = 0


class PriceBody(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /control/price`: to a price, or by a percentage of the last one."""

    symbol: str
    price: Decimal | None = None
    percent: Decimal | None = None


class RulesBody(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /control/rules`."""

    symbol: str
    tick_size: Decimal | None = None
    qty_step: Decimal | None = None


class StatusBody(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /control/status`; `settle` also closes every position at the index price, as a delisting does."""

    symbol: str
    status: Status
    settle: bool = False


class InsuranceBody(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /control/insurance`."""

    amount: Decimal
    coin: str = "USDT"


class HandActions:
    """Symbols are market ids: BTCUSDT, BTCUSD, spot:BTCUSDT. `accounts` names every account, the first one first."""

    def __init__(self, venue: Venue, accounts: tuple[str, ...]) -> None:
        self._venue = venue
        self._accounts = accounts

    def actions(self) -> tuple[Action, ...]:
        return (
            Action("POST", "request", self.request),
            Action("POST", "close", self.close),
            Action("POST", "deposit", self.deposit),
            Action("POST", "liquidate", self.liquidate),
            Action("POST", "adl", self.deleverage),
            Action("POST", "price", self.move_price),
            Action("POST", "rules", self.rules),
            Action("POST", "status", self.status),
            Action("POST", "insurance", self.insurance),
            Action("GET", "accounts", self.list_accounts),
        )

    def request(self, ask: Ask) -> dict[str, Any]:
        """The envelope that the endpoint answers."""
        body = ask.body(RequestBody)
        return self._venue.request(self._account(body.account), body.method, body.path, body.params)

    def close(self, ask: Ask) -> dict[str, Any]:
        """A market order against the position, as the button in the app sends one."""
        body = ask.body(CloseBody)
        _positive(qty=body.qty)
        category = self._category(body.symbol)
        account = self._account(body.account)
        position = self._position(account, category, body.symbol, body.position_idx)
        params = {
            "category": category,
            "symbol": body.symbol,
            "side": "Sell" if position["side"] == "Buy" else "Buy",
            "orderType": "Market",
            "qty": position["size"] if body.qty is None else plain(body.qty),
            "positionIdx": body.position_idx,
            "reduceOnly": True,
        }
        envelope = self._venue.request(account, "POST", "/v5/order/create", params)
        if envelope["retCode"]:
            raise ControlError(HTTPStatus.CONFLICT, envelope["retMsg"])
        answer: dict[str, Any] = envelope["result"]
        return answer

    def deposit(self, ask: Ask) -> dict[str, Any]:
        body = ask.body(DepositBody)
        _amount(amount=body.amount)
        account = self._account(body.account)
        return self._intervene(lambda venue: venue.deposit(account, body.coin, body.amount))

    def liquidate(self, ask: Ask) -> dict[str, Any]:
        body = ask.body(LiquidateBody)
        account = self._account(body.account)
        return self._intervene(lambda venue: venue.liquidate(account, body.symbol, body.position_idx))

    def deleverage(self, ask: Ask) -> dict[str, Any]:
        body = ask.body(DeleverageBody)
        _positive(qty=body.qty)
        account = self._account(body.account)
        return self._intervene(lambda venue: venue.deleverage(account, body.symbol, body.position_idx, body.qty))

    def move_price(self, ask: Ask) -> dict[str, Any]:
        body = ask.body(PriceBody)
        _positive(price=body.price)
        self._category(body.symbol)
        last = self._venue.exchange.last_price(body.symbol)
        if (body.price is None) == (body.percent is None):
            raise ControlError(HTTPStatus.BAD_REQUEST, "give either price or percent")
        _amount(percent=body.percent or Decimal(0))
        price = body.price if body.price is not None else last * (1 + (body.percent or Decimal(0)) / 100)
        if price <= 0:
            raise ControlError(HTTPStatus.BAD_REQUEST, f"percent: {body.percent} would leave no price")
        if not last / FARTHEST_JUMP <= price <= last * FARTHEST_JUMP:
            raise ControlError(HTTPStatus.BAD_REQUEST, f"price: {price} is more than {FARTHEST_JUMP} times off {last}")
        self._act(lambda exchange: exchange.move_price(body.symbol, price))
        return {"price": plain(self._venue.exchange.last_price(body.symbol))}

    def rules(self, ask: Ask) -> dict[str, Any]:
        body = ask.body(RulesBody)
        _positive(tick_size=body.tick_size, qty_step=body.qty_step)
        self._category(body.symbol)
        last = self._venue.exchange.last_price(body.symbol)
        fewest, most = TICKS_IN_PRICE
        if body.tick_size is not None and not last / most <= body.tick_size <= last / fewest:
            raise ControlError(HTTPStatus.BAD_REQUEST, f"tick_size: {body.tick_size} does not fit a price of {last}")
        changes = {"tick_size": body.tick_size, "qty_step": body.qty_step}
        self._venue.act(lambda exchange: exchange.replace_rules(body.symbol, **changes))
        return {}

    def status(self, ask: Ask) -> dict[str, Any]:
        body = ask.body(StatusBody)
        self._category(body.symbol)
        if body.settle:
            self._intervene(lambda venue: venue.settle_market(body.symbol))
        self._venue.act(lambda exchange: exchange.set_status(body.symbol, body.status))
        return {}

    def insurance(self, ask: Ask) -> dict[str, Any]:
        body = ask.body(InsuranceBody)
        _amount(amount=body.amount)
        return self._intervene(lambda venue: venue.set_insurance(body.coin, body.amount))

    def list_accounts(self, _ask: Ask) -> list[str]:
        return [*self._accounts]

    def _intervene(self, what: Callable[[Interventions], None]) -> dict[str, Any]:
        self._act(lambda exchange: exchange.intervene(what))
        return {}

    def _act(self, what: Callable[[ExchangeCore], Sequence[Push]]) -> None:
        try:
            self._venue.act(what)
        except SimulatorError as error:
            raise ControlError(HTTPStatus.CONFLICT, str(error)) from None

    def _account(self, name: str | None) -> str:
        if name is None:
            return self._accounts[0]
        if name not in self._accounts:
            raise ControlError(HTTPStatus.NOT_FOUND, f"no account {name!r}")
        return name

    def _category(self, symbol: str) -> str:
        category = self._venue.exchange.category_of(symbol)
        if category is None:
            raise ControlError(HTTPStatus.NOT_FOUND, f"no symbol {symbol!r}")
        return category

    def _position(self, account: str, category: str, symbol: str, idx: int) -> dict[str, Any]:
        params = {"category": category, "symbol": symbol}
        envelope = self._venue.request(account, "GET", "/v5/position/list", params)
        rows = envelope["result"].get("list", ())
        position = next((row for row in rows if row["positionIdx"] == idx and row["size"] != "0"), None)
        if position is None:
            raise ControlError(HTTPStatus.CONFLICT, f"{account} holds nothing in {symbol} (position {idx})")
        return dict(position)
