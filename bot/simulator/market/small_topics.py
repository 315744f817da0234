"""Public topics besides book, ticker and candles: trades, liquidations, price limits, insurance, deleveraging."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from bot.simulator.intervals import MINUTE_MS
from bot.simulator.market.insurance import ADL_STOP_RATIO, ADL_THRESHOLD, PNL_RATIO, InsurancePools
from bot.simulator.market.price_limits import bound_ticks
from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.market.trades import street_trades, trade_pushes
from bot.simulator.numbers import plain
from bot.simulator.push import FramePush

TRADES_MS_MAX = 5 * MINUTE_MS
"""Nobody is told of trades that are older: so long a time is not played in detail."""
LIQUIDATIONS_MS = 500
PRICE_LIMIT_MS = 300
COIN_MS = 1000
NOTHING: Sequence[FramePush] = ()


class TradesTopic:
    """publicTrade: everything since the last look."""

    def __init__(self, market: SymbolMarket) -> None:
        self._market = market
        self._seen_ms = market.clock.now_ms
        self._told = market.tape.trades.count

    def snapshot(self) -> None:
        """It begins with the first trade."""

    def close(self) -> None:
        """Nobody subscribes any more."""

    def update(self) -> Sequence[FramePush]:
        market, log = self._market, self._market.tape.trades
        now_ms = market.clock.now_ms
        after_ms, self._seen_ms = max(self._seen_ms, now_ms - TRADES_MS_MAX), now_ms
        trades = street_trades(market, after_ms, self._seen_ms)
        if log.count > self._told:
            trades = sorted(trades + log.since(self._told), key=lambda trade: trade.time_ms)
            self._told = log.count
        return trade_pushes(market, trades)


class LiquidationsTopic:
    """allLiquidation: at most one message in 500 ms (Bybit V5 docs, websocket all liquidation)."""

    def __init__(self, market: SymbolMarket) -> None:
        self._market = market
        self._told = market.tape.liquidations.count
        self._sent_ms = 0
        self._topic = f"allLiquidation.{market.symbol}"

    def snapshot(self) -> None:
        """It begins with the first liquidation."""

    def close(self) -> None:
        """Nobody subscribes any more."""

    def update(self) -> Sequence[FramePush]:
        log, now_ms = self._market.tape.liquidations, self._market.clock.now_ms
        if log.count == self._told or now_ms - self._sent_ms < LIQUIDATIONS_MS:
            return NOTHING
        liquidations = log.since(self._told)
        self._told, self._sent_ms = log.count, now_ms
        rows = [
            {
                "T": each.time_ms,
                "s": self._market.symbol,
                "S": each.side,
                "v": plain(each.qty),
                "p": plain(each.price),
            }
            for each in liquidations
        ]
        frame = {"topic": self._topic, "type": "snapshot", "ts": now_ms, "data": rows}
        return (FramePush(self._topic, None, frame, self._market.category),)


class PriceLimitTopic:
    """priceLimit: when it has changed, at most every 300 ms (Bybit V5 docs, websocket order price limit)."""

    def __init__(self, market: SymbolMarket) -> None:
        self._market = market
        self._sent_ms = market.clock.now_ms
        self._data = price_limit_row(market)
        self._topic = f"priceLimit.{market.symbol}"

    def snapshot(self) -> FramePush:
        return self._push()

    def close(self) -> None:
        """Nobody subscribes any more."""

    def update(self) -> Sequence[FramePush]:
        now_ms = self._market.clock.now_ms
        data = price_limit_row(self._market)
        if data == self._data or now_ms - self._sent_ms < PRICE_LIMIT_MS:
            return NOTHING
        self._data, self._sent_ms = data, now_ms
        return (self._push(),)

    def _push(self) -> FramePush:
        frame = {"topic": self._topic, "data": self._data, "ts": self._market.clock.now_ms}
        return FramePush(self._topic, None, frame, self._market.category)


def price_limit_row(market: SymbolMarket) -> dict[str, str]:
    """Highest bid and lowest offer that are taken now."""
    buy, sell = (plain(market.price_of(bound_ticks(market, side))) for side in ("Buy", "Sell"))
    return {"symbol": market.symbol, "buyLmt": buy, "sellLmt": sell}


class InsuranceTopic:
    """insurance: the pools of a settle coin, then those that have changed, at most once a second."""

    def __init__(self, market: SymbolMarket, name: str, pools: InsurancePools) -> None:
        self._market = market
        self._pools = pools
        self._name = name
        self._topic = f"insurance.{name}"
        self._sent_ms = market.clock.now_ms
        self._balances = dict(pools.balances(name))

    def snapshot(self) -> FramePush:
        return self._push("snapshot", self._balances)

    def close(self) -> None:
        """Nobody subscribes any more."""

    def update(self) -> Sequence[FramePush]:
        balances = self._pools.balances(self._name)
        changed = {coin: amount for coin, amount in balances.items() if amount != self._balances[coin]}
        now_ms = self._market.clock.now_ms
        if not changed or now_ms - self._sent_ms < COIN_MS:
            return NOTHING
        self._balances, self._sent_ms = dict(balances), now_ms
        return (self._push("delta", changed),)

    def _push(self, kind: str, balances: Mapping[str, Decimal]) -> FramePush:
        now_ms = self._market.clock.now_ms
        rows = [
            {
                "coin": coin,
                "symbols": ",".join(self._pools.symbols(coin)),
                "balance": plain(amount),
                "updateTime": str(now_ms),
            }
            for coin, amount in balances.items()
        ]
        frame = {"topic": self._topic, "type": kind, "ts": now_ms, "data": rows}
        return FramePush(self._topic, None, frame, self._market.category)


class AdlAlertTopic:
    """adlAlert: how far every contract of a settle coin is from deleveraging, once a second."""

    def __init__(self, market: SymbolMarket, name: str, pools: InsurancePools) -> None:
        self._market = market
        self._pools = pools
        self._name = name
        self._topic = f"adlAlert.{name}"
        self._sent_ms = market.clock.now_ms

    def snapshot(self) -> FramePush:
        return self._push()

    def close(self) -> None:
        """Nobody subscribes any more."""

    def update(self) -> Sequence[FramePush]:
        now_ms = self._market.clock.now_ms
        if now_ms - self._sent_ms < COIN_MS:
            return NOTHING
        self._sent_ms = now_ms
        return (self._push(),)

    def _push(self) -> FramePush:
        now_ms, pools = self._market.clock.now_ms, self._pools
        rows: list[dict[str, Any]] = [
            {
                "c": coin,
                "s": symbol,
                "b": float(amount),
                "mb": float(pools.highest(coin)),
                "i_pr": PNL_RATIO,
                "pr": pools.drawdown(coin),
                "adl_tt": ADL_THRESHOLD,
                "adl_sr": ADL_STOP_RATIO,
            }
            for coin, amount in pools.balances(self._name).items()
            for symbol in pools.symbols(coin)
        ]
        frame = {"topic": self._topic, "type": "snapshot", "ts": now_ms, "data": rows}
        return FramePush(self._topic, None, frame, self._market.category)
