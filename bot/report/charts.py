"""The charts of the HTML page, as plain Plotly figures: data and layout."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.domain.contract import settle_coin
from bot.domain.values import Symbol
from bot.performance.fills import Mark
from bot.performance.report_data import AccountPoint, Report
from bot.performance.round_trips import RoundTrip
from bot.report.candles import Candle, merged
from bot.report.formatting import Money

POINTS_SHOWN = 4_000
CANDLES_SHOWN = 1_500
GOOD, BAD, NEUTRAL = "#2a9d5c", "#d1495b", "#3d6fb4"

type Figure = dict[str, Any]


def equity_chart(report: Report) -> Figure:
    """Marked equity and the wallet over time."""
    points = thinned(report.account, POINTS_SHOWN)
    times = [point.time_ms for point in points]
    return _figure(
        [
            _line("equity", times, [float(point.equity) for point in points], NEUTRAL),
            _line("wallet", times, [float(point.wallet_balance) for point in points], "#999999", width=1),
        ],
        report.run.coin,
    )


def drawdown_chart(report: Report) -> Figure:
    """How far equity was below its highest point so far, in percent."""
    times, depths, peak = [], [], 0.0
    for point in thinned(report.account, POINTS_SHOWN):
        equity = float(point.equity)
        peak = max(peak, equity)
        times.append(point.time_ms)
        depths.append(100 * (equity / peak - 1) if peak > 0 else 0.0)
    return _figure([{**_line("drawdown", times, depths, BAD), "fill": "tozeroy"}], "% below the peak")


def symbol_chart(report: Report) -> Figure:
    """Net result of every symbol beside what it paid."""
    names = [part.name for part in report.by_symbol]
    bars = {
        "net PnL": ([float(part.net_pnl) for part in report.by_symbol], NEUTRAL),
        "before fees": ([float(part.realised_pnl) for part in report.by_symbol], GOOD),
        "fees and funding": ([-float(part.fees + part.funding) for part in report.by_symbol], BAD),
    }
    data = [
        {"type": "bar", "name": name, "x": names, "y": values, "marker": {"color": colour}}
        for name, (values, colour) in bars.items()
    ]
    figure = _figure(data, report.run.coin)
    figure["layout"]["xaxis"] = {"type": "category"}
    return figure


def trades_chart(
    trips: Sequence[RoundTrip],
    candles: Sequence[Candle],
    closes: Mapping[int, float],
    marks: Sequence[Mark],
) -> Figure:
    """Entries and exits of one symbol on its candles; without any, on the closes that are known."""
    data: list[dict[str, Any]] = []
    if candles:
        data.append(_candles(merged(candles, CANDLES_SHOWN)))
    else:
        known = dict(closes)
        known.update((mark.time_ms, float(mark.price)) for mark in marks)
        for trip in trips:
            known[trip.opened_ms] = float(trip.entry_price)
            if trip.closed_ms is not None and trip.exit_price is not None:
                known[trip.closed_ms] = float(trip.exit_price)
        times = sorted(known)
        times = times[:: -(-len(times) // POINTS_SHOWN) or 1]
        data.append(_line("price", times, [known[time_ms] for time_ms in times], "#999999", width=1))
    longs = [trip for trip in trips if trip.side.sign > 0]
    shorts = [trip for trip in trips if trip.side.sign < 0]
    closed = [trip for trip in trips if trip.closed_ms is not None]
    data += [
        _entries("long", longs, "triangle-up", GOOD),
        _entries("short", shorts, "triangle-down", BAD),
        _exits("exit, won", [trip for trip in closed if trip.net_pnl > 0], GOOD),
        _exits("exit, lost", [trip for trip in closed if trip.net_pnl <= 0], BAD),
    ]
    figure = _figure([each for each in data if each["x"]], "price")
    figure["layout"]["xaxis"]["rangeslider"] = {"visible": False}
    return figure


def traded_symbols(report: Report) -> list[Symbol]:
    """The symbols with trades, those with the most of them first."""
    counts: dict[Symbol, int] = {}
    for trip in (*report.trades, *report.open_trades):
        counts[trip.symbol] = counts.get(trip.symbol, 0) + 1
    return sorted(counts, key=lambda symbol: (-counts[symbol], symbol))


def thinned(points: Sequence[AccountPoint], most: int) -> list[AccountPoint]:
    """At most ``most`` points, or 4: of every stretch its ends, its lowest and its highest, so that no fall is lost."""
    if len(points) <= most:
        return list(points)
    size = -(-len(points) // max(most // 4, 1))
    kept: dict[int, AccountPoint] = {}
    for start in range(0, len(points), size):
        stretch = points[start : start + size]
        lowest, highest = (choose(stretch, key=lambda point: point.equity) for choose in (min, max))
        for point in (stretch[0], lowest, highest, stretch[-1]):
            kept[point.time_ms] = point
    return [kept[time_ms] for time_ms in sorted(kept)]


def _candles(candles: Sequence[Candle]) -> dict[str, Any]:
    return {
        "type": "candlestick",
        "name": "price",
        "x": [each.start_ms for each in candles],
        "open": [each.open for each in candles],
        "high": [each.high for each in candles],
        "low": [each.low for each in candles],
        "close": [each.close for each in candles],
        "increasing": {"line": {"color": GOOD, "width": 1}},
        "decreasing": {"line": {"color": BAD, "width": 1}},
        "opacity": 0.6,
    }


def _entries(name: str, trips: Sequence[RoundTrip], symbol: str, colour: str) -> dict[str, Any]:
    texts = [f"{name} {trip.qty:f}: {trip.strategy}, {trip.entry_reason}" for trip in trips]
    return _markers(name, [t.opened_ms for t in trips], [float(t.entry_price) for t in trips], texts, symbol, colour)


def _exits(name: str, trips: Sequence[RoundTrip], colour: str) -> dict[str, Any]:
    texts = [f"{trip.exit_reason}: {Money(settle_coin(trip.symbol)).signed(trip.net_pnl)}" for trip in trips]
    prices = [float(trip.exit_price or 0) for trip in trips]
    return _markers(name, [trip.closed_ms or 0 for trip in trips], prices, texts, "x", colour)


def _markers(
    name: str, times: Sequence[int], prices: Sequence[float], texts: Sequence[str], symbol: str, colour: str
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": times,
        "y": prices,
        "text": texts,
        "marker": {"symbol": symbol, "size": 9, "color": colour, "line": {"width": 1, "color": "white"}},
    }


def _line(name: str, times: Sequence[int], values: Sequence[float], colour: str, width: int = 2) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": times,
        "y": values,
        "line": {"color": colour, "width": width},
    }


def _figure(data: Sequence[Mapping[str, Any]], unit: str) -> Figure:
    layout = {
        "xaxis": {"type": "date"},
        "yaxis": {"title": {"text": unit}},
        "margin": {"l": 70, "r": 20, "t": 20, "b": 40},
        "legend": {"orientation": "h"},
        "hovermode": "closest",
        "height": 380,
    }
    return {"data": list(data), "layout": layout}
