"""Figures that other programs computed; they are not part of the repository."""

from pathlib import Path

import pytest

METRICS = Path(__file__).parent.parent.parent.parent / "shared/data/metrics"
needs_reference = pytest.mark.skipif(not METRICS.is_dir(), reason="the figures of others are not on this machine")
