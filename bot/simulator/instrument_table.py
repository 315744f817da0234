"""Trading rules of common contracts and pairs on Bybit.

Ticks and steps as of 2025. Sizes, leverage and price limits of BTC, ETH, XRP, DOGE and LTC as of 2025 too
(BTC as of 2026); those of the others are close, not exact: Bybit changes them twice a month.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a table of contracts; numbers as Bybit writes them."""

    tick_size: str
    qty_step: str
    max_qty: str
    max_market_qty: str
    max_leverage: str
    price_limit_x: str
    launch_ms: int
    risk_limit_value: str


@dataclass(frozen=True, slots=True)
class SpotRule:
    """One line of the table of spot pairs."""

    tick_size: str
    base_precision: str
    quote_precision: str
    max_limit_qty: str
    max_market_qty: str
    price_limit_x: str = "0.005"
    min_order_amt: str = "5"
    max_order_amt: str = "8000000"


RULES: dict[str, Rule] = {
    "BTCUSDT": Rule("0.1", "0.001", "1190", "500", "100", "0.01", 1_585_526_400_000, "2000000"),
    "ETHUSDT": Rule("0.01", "0.01", "7240", "724", "100", "0.02", 1_615_766_400_000, "900000"),
    "SOLUSDT": Rule("0.01", "0.1", "79770", "7977", "100", "0.05", 1_634_256_000_000, "300000"),
    "BNBUSDT": Rule("0.1", "0.01", "20000", "2000", "75", "0.05", 1_624_924_800_000, "300000"),
    "ADAUSDT": Rule("0.0001", "1", "6600000", "1300000", "75", "0.05", 1_611_100_800_000, "200000"),
    "DOGEUSDT": Rule("0.00001", "1", "50000000", "10000000", "75", "0.05", 1_622_592_000_000, "200000"),
    "DOTUSDT": Rule("0.0001", "0.1", "400000", "80000", "75", "0.05", 1_615_248_000_000, "200000"),
    "XRPUSDT": Rule("0.0001", "1", "10965300", "2467800", "75", "0.05", 1_620_950_400_000, "200000"),
    "AVAXUSDT": Rule("0.001", "0.1", "150000", "30000", "75", "0.05", 1_632_700_800_000, "200000"),
    "AAVEUSDT": Rule("0.01", "0.01", "20000", "4000", "75", "0.05", 1_617_840_000_000, "200000"),
    "APEUSDT": Rule("0.0001", "0.1", "1000000", "200000", "75", "0.05", 1_647_475_200_000, "200000"),
    "LTCUSDT": Rule("0.01", "0.1", "40000", "8000", "50", "0.05", 1_609_804_800_000, "200000"),
    "LINKUSDT": Rule("0.001", "0.1", "250000", "50000", "75", "0.05", 1_610_582_400_000, "200000"),
}

INVERSE_RULES: dict[str, Rule] = {
    "BTCUSD": Rule("0.1", "1", "25000000", "5000000", "100", "0.05", 1_542_211_200_000, "150"),
    "ETHUSD": Rule("0.01", "1", "10000000", "2000000", "100", "0.05", 1_548_115_200_000, "1500"),
    "XRPUSD": Rule("0.0001", "1", "5000000", "1000000", "50", "0.05", 1_569_801_600_000, "500000"),
}

SPOT_RULES: dict[str, SpotRule] = {
    "BTCUSDT": SpotRule("0.1", "0.000001", "0.0000001", "83", "41.5"),
    "ETHUSDT": SpotRule("0.01", "0.00001", "0.0000001", "2600", "1300"),
}
