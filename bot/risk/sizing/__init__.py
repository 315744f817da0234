"""How large an entry may be: one small function per method behind one entry point."""

from bot.risk.sizing.kelly import PastResults, kelly_risk
from bot.risk.sizing.size import size_entry
from bot.risk.sizing.values import MARGIN_HEADROOM, Bound, Cap, Sized, SizingInput, Unsized

__all__ = [
    "MARGIN_HEADROOM",
    "Bound",
    "Cap",
    "PastResults",
    "Sized",
    "SizingInput",
    "Unsized",
    "kelly_risk",
    "size_entry",
]
