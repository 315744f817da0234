"""How entries are made, from the configuration to what position managers know."""

from bot.config.entry import EntryConfig
from bot.orders.algorithms.policy import EntryKind, EntryPolicy, SizeProfile, Then

_MS = 1_000


def entry_policy(entry: EntryConfig) -> EntryPolicy:
    """The settings of one symbol's entries, in milliseconds where the configuration has seconds."""
    return EntryPolicy(
        kind=EntryKind(entry.kind),
        slippage_fraction=entry.slippage_fraction,
        offset_fraction=entry.offset_fraction,
        trigger_fraction=entry.trigger_fraction,
        expiry_ms=entry.expiry_s * _MS,
        then=Then(entry.then),
        chase_interval_ms=entry.chase_interval_s * _MS,
        chase_moves_max=entry.chase_moves_max,
        chase_fraction_max=entry.chase_fraction_max,
        requotes_max=entry.requotes_max,
        layers=entry.layers,
        layers_first_fraction=entry.layers_first_fraction,
        layers_last_fraction=entry.layers_last_fraction,
        layers_profile=SizeProfile(entry.layers_profile),
        show_fraction=entry.show_fraction,
        twap_slices=entry.twap_slices,
        twap_duration_ms=entry.twap_duration_s * _MS,
        twap_market=entry.twap_order == "market",
        run_away_fraction=entry.run_away_fraction,
        oco_dip_fraction=entry.oco_dip_fraction,
        oco_breakout_fraction=entry.oco_breakout_fraction,
    )
