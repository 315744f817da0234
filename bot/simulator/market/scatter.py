"""Numbers that look like chance and follow from others."""

MASK = (1 << 64) - 1


def scatter(number: int) -> int:
    """Scatter 64 bits (the finishing steps of the splitmix64 generator)."""
    number = (number + 0x9E3779B97F4A7C15) & MASK
    number = ((number ^ (number >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    number = ((number ^ (number >> 27)) * 0x94D049BB133111EB) & MASK
    return number ^ (number >> 31)
