"""Compile the order book's reader now, so that no later start has to: ``python -m bot.market.warm``.

scripts/setup calls it after an installation. Some seconds the first time, about one when there is nothing to do.
"""

import sys

from bot.market.order_book import OrderBook


def main() -> None:
    """Making a book compiles all that it uses."""
    OrderBook("orderbook.50.BTCUSDT", "0.1")
    sys.stdout.write("the order book is compiled\n")


if __name__ == "__main__":
    main()
