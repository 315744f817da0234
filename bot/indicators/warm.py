"""Compile every indicator now, so that no later start has to: ``python -m bot.indicators.warm``.

scripts/setup calls it after an installation. Some seconds the first time, a blink when there is nothing to do.
"""

import sys

from bot.indicators import STEP_INDICATORS
from bot.indicators.native import kernel_address, step_code

KERNELS = ("advance", "gather", "judge", "blank")


def main() -> None:
    """Compile what is not compiled yet; one line says how much there is."""
    for name in KERNELS:
        kernel_address(name)
    for each in STEP_INDICATORS:
        step_code(each.step)
    sys.stdout.write(f"{len(STEP_INDICATORS)} indicators are compiled\n")


if __name__ == "__main__":
    main()
