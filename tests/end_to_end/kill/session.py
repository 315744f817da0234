"""The session that is played: every kind of entry, targets, moving stops, closes by signal and by time."""

import json
from collections.abc import Mapping
from typing import Any

ENTRIES: Mapping[str, Mapping[str, Any]] = {
    "BTCUSDT": {"kind": "market"},
    "ETHUSDT": {
        "kind": "limit", "offset_fraction": 0.0003, "expiry_s": 20, "then": "chase", "chase_interval_s": 20,
        "chase_moves_max": 5,
    },
    "SOLUSDT": {"kind": "post_only", "expiry_s": 60, "then": "convert"},
    "XRPUSDT": {"kind": "conditional", "trigger_fraction": 0.0002, "expiry_s": 180},
    "DOGEUSDT": {
        "kind": "layered", "layers": 6, "layers_first_fraction": 0.0001, "layers_last_fraction": 0.0008,
        "expiry_s": 120,
    },
    "ADAUSDT": {"kind": "iceberg", "offset_fraction": 0.0001, "show_fraction": 0.25, "expiry_s": 120},
    "LTCUSDT": {"kind": "twap", "twap_duration_s": 90, "twap_slices": 6},
    "LINKUSDT": {
        "kind": "oco", "oco_dip_fraction": 0.0003, "oco_breakout_fraction": 0.0003, "expiry_s": 120,
        "slippage_fraction": 0.002,
    },
    "BNBUSDT": {"kind": "limit", "offset_fraction": 0.0002, "expiry_s": 30, "then": "convert"},
    "AVAXUSDT": {"kind": "layered", "layers": 5, "layers_first_fraction": 0.0001, "expiry_s": 120},
    "DOTUSDT": {"kind": "twap", "twap_duration_s": 90, "twap_slices": 6, "twap_order": "limit"},
    "TRXUSDT": {"kind": "market", "slippage_fraction": 0.002},
}  # fmt: skip
EXITS: Mapping[str, Any] = {
    "stop": {"kind": "distance", "distance": {"atr": "1.5"}},
    "targets": [{"at": {"risk": "0.5"}, "share": "0.3"}, {"at": {"risk": "1"}, "share": "0.3"}],
    "break_even": {"after": {"risk": "0.6"}, "offset_fraction": "0.0002"},
    "trailing": {"kind": "distance", "distance": {"atr": "1"}, "after": {"risk": "0.3"}},
    "bars": 5,
    "time_stop_minutes": 6,
}
SYMBOLS = tuple(ENTRIES)


def overrides(seed: int) -> tuple[str, ...]:
    """The configuration of the session, on the invented market of ``seed``."""
    symbols = [{"symbol": symbol, "entry": entry} for symbol, entry in ENTRIES.items()]
    return (
        f"symbols={json.dumps(symbols)}",
        f"exits={json.dumps(EXITS)}",
        'strategy.params={"fast_period":2,"slow_period":3}',
        "risk.max_open_positions=12",
        "risk.risk_per_trade=0.001",
        "simulator.speed=60",
        f"simulator.feed.seed={seed}",
    )
