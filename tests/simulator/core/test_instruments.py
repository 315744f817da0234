"""Rules of contracts and pairs, by category."""

from decimal import Decimal
from itertools import pairwise

from bot.simulator.instrument_rows import instrument_row
from bot.simulator.instruments import make_instrument, market_id


def test_market_ids_tell_a_pair_from_the_contract_of_the_same_name() -> None:
    assert market_id("linear", "BTCUSDT") == "BTCUSDT"
    assert market_id("inverse", "BTCUSD") == "BTCUSD"
    assert market_id("spot", "BTCUSDT") == "spot:BTCUSDT"
    pair, contract = make_instrument("spot:BTCUSDT", 2, 60_000.0), make_instrument("BTCUSDT", 1, 60_000.0)
    assert (pair.id, pair.symbol, pair.category) == ("spot:BTCUSDT", "BTCUSDT", "spot")
    assert (contract.id, contract.symbol, contract.category) == ("BTCUSDT", "BTCUSDT", "linear")


def test_each_category_is_settled_in_its_own_coin() -> None:
    coins = {
        name: (rules.base_coin, rules.quote_coin, rules.settle_coin)
        for name in ("BTCUSDT", "BTCUSD", "spot:ETHBTC", "SOLUSDC", "spot:BTCUSDT")
        for rules in [make_instrument(name, 1, 10.0)]
    }
    assert coins == {
        "BTCUSDT": ("BTC", "USDT", "USDT"),
        "BTCUSD": ("BTC", "USD", "BTC"),
        "spot:ETHBTC": ("ETH", "BTC", ""),
        "SOLUSDC": ("SOL", "USDC", "USDC"),
        "spot:BTCUSDT": ("BTC", "USDT", ""),
    }


def test_the_risk_ladder_begins_as_bybits_and_maintenance_never_jumps() -> None:
    first, second, *_ = make_instrument("BTCUSDT", 1, 60_000.0).risk_tiers
    assert first == tuple(map(Decimal, ("2000000", "0.005", "0.01", "100", "0")))
    assert (second.limit_value, second.maintenance_rate, second.mm_deduction) == (
        Decimal(2_600_000), Decimal("0.0056"), Decimal(1200),
    )  # fmt: skip
    for name in ("BTCUSDT", "ADAUSDT", "BTCUSD", "NEWUSDT"):
        tiers = make_instrument(name, 1, 50.0).risk_tiers
        for low, high in pairwise(tiers):
            edge = low.limit_value
            assert edge * low.maintenance_rate - low.mm_deduction == edge * high.maintenance_rate - high.mm_deduction
            assert high.initial_rate * high.max_leverage <= 1
            assert high.max_leverage < low.max_leverage


def test_rows_are_those_of_the_category() -> None:
    spot = instrument_row(make_instrument("spot:BTCUSDT", 9, 60_000.0), "Trading")
    assert spot["lotSizeFilter"]["basePrecision"] == "0.000001"
    assert spot["lotSizeFilter"]["quotePrecision"] == "0.0000001"
    assert spot["lotSizeFilter"]["maxMarketOrderQty"] == "41.5"
    assert "leverageFilter" not in spot
    assert "qtyStep" not in spot["lotSizeFilter"]
    inverse = instrument_row(make_instrument("BTCUSD", 3, 60_000.0), "Closed")
    assert (inverse["contractType"], inverse["settleCoin"], inverse["status"]) == ("InversePerpetual", "BTC", "Closed")
    assert inverse["lotSizeFilter"]["minNotionalValue"] == ""
    early = instrument_row(make_instrument("NEWUSDT", 4, 1.0), "PreLaunch")
    assert early["isPreListing"] is True
    assert early["preListingInfo"]["curAuctionPhase"]
