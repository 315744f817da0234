"""Round trips and their figures: pure."""
