"""What market data, indicators and strategies cost, beside their rivals in the same run.

    .venv/bin/python scripts/bench/market.py                      every section
    .venv/bin/python scripts/bench/market.py indicators arrays    only these

Sections: book (a delta of the order book, from its bytes), indicators (a closed bar, live), arrays (whole arrays,
compiling, loading), burst (300 symbols closing in the same instant, actors and socket included). Rivals need the dev
extra.
Each figure is processor time, the best of several rounds, ours and the rivals' alike; on a busy machine read ratios.
"""

import argparse
from collections.abc import Callable, Mapping

from market_parts import arrays, book, burst, indicators
from market_parts.table import Row, show

SECTIONS: Mapping[str, Callable[[], list[Row]]] = {
    "book": book.measure,
    "indicators": indicators.measure,
    "arrays": arrays.measure,
    "burst": burst.measure,
}


def main() -> None:
    """Measure what was asked for and print a table per section."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sections", nargs="*", choices=[*SECTIONS, []], metavar="section", help=", ".join(SECTIONS))
    for name in parser.parse_args().sections or SECTIONS:
        show(name, SECTIONS[name]())


if __name__ == "__main__":
    main()
