"""The section ``risk``: how large an entry is, what the account may hold, and what makes it stop."""

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from bot.config.base import Section
from bot.config.fields import Bounded
from bot.config.guards import GuardsConfig

RiskPerTrade = Annotated[
    Decimal,
    Bounded(gt="0", le="0.1"),
    Field(description="Part of the equity lost if the stop-loss of one trade is hit; 0.005 = 0.5 %."),
]
Leverage = Annotated[
    Decimal, Bounded(ge="1", le="200"), Field(description="Leverage set on the exchange at the start, 5 = 5x.")
]
FallbackStop = Annotated[
    Decimal,
    Bounded(gt="0", le="0.5"),
    Field(description="Distance from its entry of the stop given to a position found without one; 0.02 = 2 %."),
]
EquityShare = Annotated[Decimal, Bounded(gt="0", le="200")]
QuoteAmount = Annotated[Decimal, Bounded(gt="0", le="1000000000000")]
Part = Annotated[Decimal, Bounded(gt="0", le="1")]

SizingKind = Literal["fixed_risk", "fixed_amount", "kelly", "volatility_target"]


class SizingConfig(Section):
    """How large an entry is. Whatever the method, no entry risks more than risk_per_trade of the equity."""

    kind: Annotated[
        SizingKind,
        Field(
            description="fixed_risk: risk_per_trade lost at the stop; fixed_amount: amount_quote; kelly: a part of "
            "Kelly's fraction from past trades; volatility_target: larger where the market is quieter."
        ),
    ] = "fixed_risk"
    amount_quote: Annotated[
        QuoteAmount | None, Field(description="Value of an entry with fixed_amount (quote coin).")
    ] = None
    count_fees: Annotated[
        bool, Field(description="Count the taker fees of entry and stop into what the stop may cost.")
    ] = False
    kelly_fraction: Annotated[Part, Field(description="Part of Kelly's fraction that is risked; 0.25 = a quarter.")] = (
        Decimal("0.25")
    )
    kelly_trades_min: Annotated[
        int, Field(ge=5, le=1000, description="Closed trades before Kelly's fraction counts at all.")
    ] = 30
    volatility_target: Annotated[
        Part,
        Field(description="Part of the equity that the position moves in an average bar, or in a year; 0.01 = 1 %."),
    ] = Decimal("0.01")
    volatility_per: Annotated[Literal["bar", "year"], Field(description="What volatility_target is measured over.")] = (
        "bar"
    )
    pyramid_levels: Annotated[
        int, Field(ge=0, le=20, description="How often a position in profit may be added to; 0: never.")
    ] = 0
    pyramid_factor: Annotated[
        Part, Field(description="Size of each addition as a part of the one before; 0.5 = half.")
    ] = Decimal("0.5")

    @model_validator(mode="after")
    def _amount_is_given(self) -> Self:
        if self.kind == "fixed_amount" and self.amount_quote is None:
            raise PydanticCustomError("risk_conflict", "needs amount_quote", {"at": "kind"})
        return self


def _some_cap(value: "CorrelationConfig | None") -> "CorrelationConfig | None":
    if value is not None and value.positions_max is None and value.exposure_max is None:
        raise PydanticCustomError("risk_conflict", "must set positions_max or exposure_max")
    return value


class CorrelationConfig(Section):
    """Positions that would lose together count as one group."""

    threshold: Annotated[
        Part, Field(description="Correlation of returns from which two positions on their sides are one group.")
    ] = Decimal("0.8")
    bars: Annotated[int, Field(ge=20, le=900, description="Returns that the correlation is taken over.")] = 100
    positions_max: Annotated[int | None, Field(ge=1, le=500, description="Most positions in one group.")] = None
    exposure_max: Annotated[
        EquityShare | None, Field(description="Most value of one group, as a part of the equity; 1.5 = 150 %.")
    ] = None


class LimitsConfig(Section):
    """What the account may hold in all: positions, and entries that work or may work. null: no limit."""

    symbol_exposure_max: Annotated[
        EquityShare | None, Field(description="Most value in one symbol, as a part of the equity; 1.5 = 150 %.")
    ] = None
    symbol_exposure_quote_max: Annotated[
        QuoteAmount | None, Field(description="Most value in one symbol (quote coin).")
    ] = None
    total_exposure_max: Annotated[
        EquityShare | None, Field(description="Most value in all symbols, as a part of the equity; 3 = 300 %.")
    ] = None
    total_exposure_quote_max: Annotated[
        QuoteAmount | None, Field(description="Most value in all symbols (quote coin).")
    ] = None
    open_risk_max: Annotated[
        Part | None, Field(description="Most that all stops together may cost, as a part of the equity; 0.03 = 3 %.")
    ] = None
    imbalance_max: Annotated[
        EquityShare | None,
        Field(description="Most that longs may be worth beyond shorts, or the other way, as a part of the equity."),
    ] = None
    correlation: Annotated[
        CorrelationConfig | None,
        AfterValidator(_some_cap),
        Field(description="Cap on groups of positions whose symbols move together; null: none."),
    ] = None
    leverage_max: Annotated[Leverage | None, Field(description="Highest leverage that any symbol may be set to.")] = (
        None
    )
    margin_rate_warning: Annotated[
        Part | None,
        Field(description="Warn when the maintenance margin is so much of the margin balance; 1 = liquidation."),
    ] = Decimal("0.5")
    liquidation_distance_warning: Annotated[
        Part | None,
        Field(description="Warn when the mark price is so near to a liquidation price, as a part of it; 0.05 = 5 %."),
    ] = Decimal("0.05")


class RiskConfig(Section):
    """How much may be lost."""

    risk_per_trade: RiskPerTrade = Decimal("0.005")
    max_open_positions: Annotated[
        int, Field(ge=1, le=500, description="Most positions open at once, over all symbols.")
    ] = 3
    leverage: Leverage = Decimal(5)
    fallback_stop_fraction: FallbackStop = Decimal("0.02")
    sizing: Annotated[SizingConfig, Field(description="How large an entry is.")] = SizingConfig()
    limits: Annotated[LimitsConfig, Field(description="What the account may hold in all.")] = LimitsConfig()
    guards: Annotated[GuardsConfig, Field(description="What keeps the bot from opening anything more.")] = (
        GuardsConfig()
    )

    @model_validator(mode="after")
    def _limits_agree(self) -> Self:
        """A limit that another one makes pointless or unreachable is a slip, told with the key it stands at."""
        limits = self.limits
        _not_above(
            limits.symbol_exposure_max,
            limits.total_exposure_max,
            "limits.symbol_exposure_max",
            "limits.total_exposure_max",
        )
        _not_above(
            limits.symbol_exposure_quote_max,
            limits.total_exposure_quote_max,
            "limits.symbol_exposure_quote_max",
            "limits.total_exposure_quote_max",
        )
        _not_above(
            self.sizing.amount_quote if self.sizing.kind == "fixed_amount" else None,
            limits.symbol_exposure_quote_max,
            "sizing.amount_quote",
            "limits.symbol_exposure_quote_max",
        )
        group = limits.correlation
        if group is not None:
            _not_above(
                None if group.positions_max is None else Decimal(group.positions_max),
                Decimal(self.max_open_positions),
                "limits.correlation.positions_max",
                "max_open_positions",
            )
        check_own_risk(self, self.risk_per_trade, self.leverage, "")
        return self


def _not_above(low: Decimal | None, high: Decimal | None, low_key: str, high_key: str) -> None:
    if low is not None and high is not None and low > high:
        context = {"at": low_key, "low": str(low), "high_key": high_key, "high": str(high)}
        raise PydanticCustomError("risk_conflict", "is {low}, above {high_key}, which is {high}", context)


def check_own_risk(risk: RiskConfig, risk_per_trade: Decimal | None, leverage: Decimal | None, at: str) -> None:
    """Hold what one symbol sets for itself at ``at`` against the limits of all. PydanticCustomError if it is above."""
    limits, guards = risk.limits, risk.guards
    prefix = f"{at}." if at else ""
    key = f"{prefix}risk_per_trade"
    _not_above(risk_per_trade, limits.open_risk_max, key, "risk.limits.open_risk_max")
    daily = None if guards.daily_loss is None else guards.daily_loss.fraction
    _not_above(risk_per_trade, daily, key, "risk.guards.daily_loss.fraction")
    _not_above(risk_per_trade, guards.drawdown.lowest_level(), key, "risk.guards.drawdown")
    _not_above(leverage, limits.leverage_max, f"{prefix}leverage", "risk.limits.leverage_max")
