"""The contents of a report as text, in sections, for whatever shows it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bot.performance.breakdown import DayPart, Part
from bot.performance.execution_quality import FillRate, Slippage
from bot.performance.report_data import Report
from bot.performance.round_trips import RoundTrip
from bot.report.formatting import Money, basis_points, date, duration, moment, percent, ratio

FEW_DAYS = 30


@dataclass(frozen=True, slots=True)
class Cell:
    """A text; ``mood`` is 1 for what is good, -1 for what is bad."""

    text: str
    mood: int = 0


@dataclass(frozen=True, slots=True)
class Section:
    """A table. Without ``columns`` it has rows of a name and a value."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def sections(report: Report, *, days_shown: int | None = None) -> list[Section]:
    """Everything that is to be read, most important first; of more days than ``days_shown`` the newest."""
    days = report.days if days_shown is None else report.days[-days_shown:]
    left_out = "" if len(days) == len(report.days) else f", the newest {len(days)} of {len(report.days)}"
    money = Money(report.run.coin)
    found = [
        _run(report),
        _result(report, money),
        _trades(report, money),
        _risk(report, money),
        _execution(report, money),
        _parts("by symbol, the worst first", report.by_symbol, money),
        _parts("by side", report.by_side, money),
        _parts("by strategy", report.by_strategy, money),
        _parts("by exit", report.by_exit, money),
        _days(f"days (UTC), by marked equity{left_out}", days, money),
        _open_trades(report.open_trades, money),
    ]
    return [section for section in found if section.rows]


def _pairs(title: str, rows: Iterable[tuple[str, str | Cell]]) -> Section:
    cells = [(Cell(name), value if isinstance(value, Cell) else Cell(value)) for name, value in rows]
    return Section(title, (), cells)


def _result_cell(money: Money, amount: Decimal | None) -> Cell:
    return Cell(money.signed(amount), 0 if amount is None else (amount > 0) - (amount < 0))


def _day_cell(money: Money, day: DayPart | None) -> str | Cell:
    return "-" if day is None else Cell(f"{date(day.start_ms)} {money.signed(day.change)}", _mood(day.change))


def _run(report: Report) -> Section:
    run = report.run
    until = moment(report.end_ms) + ("" if run.ended_ms is not None else " (not ended)")
    return _pairs(
        "run",
        [
            ("run", run.run_id),
            ("venue", f"{run.venue}, bot {run.version}"),
            ("from", moment(report.start_ms)),
            ("to", until),
            ("length", duration(report.end_ms - report.start_ms)),
        ],
    )


def _result(report: Report, money: Money) -> Section:
    earned, slipped = report.money, report.execution.slippage
    worst, best = _extreme_days(report.days)
    loser = report.by_symbol[0] if report.by_symbol and report.by_symbol[0].net_pnl < 0 else None
    rows: list[tuple[str, str | Cell]] = [
        ("equity at the start", money.plain(earned.equity_before)),
        ("equity at the end", money.plain(earned.equity_after)),
        ("change of equity", Cell(f"{money.signed(earned.equity_after - earned.equity_before)} "
                                  f"({percent(earned.return_fraction, sign=True)})",
                                  _mood(earned.equity_after - earned.equity_before))),
        ("PnL at decision prices", _result_cell(money, earned.realised_pnl + slipped.cost)),
        ("slippage", _result_cell(money, -slipped.cost)),
        ("PnL before fees", _result_cell(money, earned.realised_pnl)),
        ("fees", _result_cell(money, -earned.fees)),
        ("funding", _result_cell(money, -earned.funding)),
        ("net PnL", _result_cell(money, earned.net_pnl)),
        ("open PnL", _result_cell(money, earned.unrealised_pnl)),
        ("best day", _day_cell(money, best)),
        ("worst day", _day_cell(money, worst)),
        ("worst symbol", "none lost" if loser is None else Cell(f"{loser.name} {money.signed(loser.net_pnl)}", -1)),
        ("turnover", money.plain(earned.turnover)),
    ]  # fmt: skip
    if earned.other:
        rows.append(("wallet changed otherwise", _result_cell(money, earned.other)))
    if report.carried_over:
        rows.append(("trades of earlier runs", f"{report.carried_over}, with their whole figures below"))
    return _pairs(f"result, in {money.coin}", rows)


def _extreme_days(days: Sequence[DayPart]) -> tuple[DayPart | None, DayPart | None]:
    return min(days, key=lambda day: day.change, default=None), max(days, key=lambda day: day.change, default=None)


def _mood(amount: Decimal) -> int:
    return (amount > 0) - (amount < 0)


def _trades(report: Report, money: Money) -> Section:
    found = report.statistics
    adverse = [trip.mae for trip in report.trades if trip.mae is not None]
    favourable = [trip.mfe for trip in report.trades if trip.mfe is not None]
    loss = found.average_loss
    rows: list[tuple[str, str | Cell]] = [
        ("trades closed", f"{found.trades:,}, won {found.won:,}, lost {found.lost:,}"),
        ("win rate", percent(found.win_rate)),
        ("profit factor", ratio(found.profit_factor)),
        ("expectancy per trade", _result_cell(money, found.expectancy)),
        ("expectancy ratio", ratio(found.expectancy_ratio)),
        ("average win", _result_cell(money, found.average_win)),
        ("average loss", _result_cell(money, None if loss is None else -loss)),
        ("pay-off", ratio(found.payoff)),
        ("best trade", _result_cell(money, found.best)),
        ("worst trade", _result_cell(money, found.worst)),
        ("longest streak", f"{found.longest_winning_streak} won, {found.longest_losing_streak} lost"),
        ("held on average", f"won {duration(report.hold_ms_won)}, lost {duration(report.hold_ms_lost)}"),
        ("mean MAE and MFE", f"{money.plain(_mean(adverse))}, {money.plain(_mean(favourable))}"),
        ("SQN", ratio(found.sqn)),
    ]
    return _pairs("trades, after fees and funding", rows)


def _mean(amounts: Sequence[Decimal]) -> Decimal | None:
    return sum(amounts, Decimal(0)) / len(amounts) if amounts else None


def _risk(report: Report, money: Money) -> Section:
    risk, fall = report.risk, report.risk.drawdown
    depth = "none" if fall is None else f"{money.plain(fall.value)} ({percent(fall.fraction)})"
    when = "-" if fall is None else f"{moment(fall.peak_ms)} to {moment(fall.trough_ms)}"
    lasted = "-" if fall is None else duration(fall.duration_ms) + ("" if fall.recovered_ms else ", not recovered")
    per_trade = " ".join(
        f"{name} {ratio(value)}"
        for name, value in (
            ("Sharpe", risk.per_trade_sharpe),
            ("Sortino", risk.per_trade_sortino),
            ("Calmar", risk.per_trade_calmar),
        )
    )
    rows: list[tuple[str, str | Cell]] = [
        ("max drawdown", Cell(depth, -1 if fall else 0)),
        ("from peak to trough", when),
        ("from peak to recovery", lasted),
        ("deepest drawdown", percent(risk.drawdown_fraction)),
        ("longest under water", duration(risk.longest_underwater_ms)),
        ("Sharpe", ratio(risk.sharpe)),
        ("Sortino", ratio(risk.sortino)),
        ("Calmar", ratio(risk.calmar)),
        ("Omega", ratio(risk.omega)),
        ("ulcer index", ratio(risk.ulcer_index)),
        ("volatility of a year", percent(risk.volatility)),
        ("CAGR", percent(risk.cagr, sign=True)),
        ("exposure time", percent(risk.exposure)),
        ("freqtrade's ratios", per_trade),
    ]
    few = len(report.days) < FEW_DAYS
    span = "one day says" if len(report.days) == 1 else f"{len(report.days)} days say"
    warning = f"; {span} little about a year" if few and report.days else ""
    return _pairs(f"risk, by days of marked equity{warning}", rows)


def _execution(report: Report, money: Money) -> Section:
    found = report.execution
    maker = percent(found.maker_fills / found.fills) if found.fills else "-"
    rows: list[tuple[str, str | Cell]] = [
        ("limit orders", _rate(found.limit)),
        ("market orders", _rate(found.market)),
        ("fills", f"{found.fills:,}, as maker {maker}"),
        ("slippage", _slip(found.slippage, money)),
        ("slippage of entries", _slip(found.of_entries, money)),
        ("slippage of stops", _slip(found.of_stops, money)),
        ("slippage of other exits", _slip(found.of_other_exits, money)),
    ]
    return _pairs("execution; slippage against the decision price, above zero it cost", rows)


def _rate(found: FillRate) -> str:
    if not found.placed and not found.refused:
        return "none"
    filled = f"filled {found.touched:,}, completely {found.complete:,} ({percent(found.filled_fraction)} of qty)"
    return f"placed {found.placed:,}, {filled}, refused {found.refused:,}"


def _slip(found: Slippage, money: Money) -> str:
    if not found.fills:
        return "-" if not found.unknown else f"not known of {found.unknown:,} fills"
    rest = f", not known of {found.unknown:,}" if found.unknown else ""
    mean, median, worst = (basis_points(each) for each in (found.mean_bps, found.median_bps, found.worst_bps))
    return f"{money.signed(found.cost)} over {found.fills:,} fills{rest}: mean {mean}, median {median}, worst {worst}"


def _parts(title: str, found: Sequence[Part], money: Money) -> Section:
    columns = ("", "trades", "win rate", "before fees", "fees", "funding", "slippage", "net PnL")
    rows = [
        (
            Cell(part.name),
            Cell(f"{part.trades:,}"),
            Cell(percent(part.win_rate)),
            _result_cell(money, part.realised_pnl),
            _result_cell(money, -part.fees),
            _result_cell(money, -part.funding),
            _result_cell(money, -part.slippage),
            _result_cell(money, part.net_pnl),
        )
        for part in found
    ]
    return Section(title, columns, rows)


def _days(title: str, days: Sequence[DayPart], money: Money) -> Section:
    columns = ("", "trades", "won", "fees", "funding", "change", "equity")
    rows = [
        (
            Cell(date(day.start_ms)),
            Cell(f"{day.trades:,}"),
            Cell(f"{day.won:,}"),
            _result_cell(money, -day.fees),
            _result_cell(money, -day.funding),
            _result_cell(money, day.change),
            Cell(money.plain(day.equity_after)),
        )
        for day in days
    ]
    return Section(title, columns, rows)


def _open_trades(trips: Sequence[RoundTrip], money: Money) -> Section:
    columns = ("", "side", "since", "qty", "entry", "paid so far")
    rows = [
        (
            Cell(trip.symbol),
            Cell("long" if trip.side.sign > 0 else "short"),
            Cell(moment(trip.opened_ms)),
            Cell(f"{trip.qty:f}"),
            Cell(f"{trip.entry_price.normalize():f}"),
            _result_cell(money, -trip.fees - trip.funding),
        )
        for trip in trips
    ]
    return Section("still open", columns, rows)
