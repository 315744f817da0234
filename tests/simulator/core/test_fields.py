"""No documented field is missing from answers and pushes."""

from tests.simulator.core.floor import floor
from tests.simulator.core.support import btc

ORDER = """orderId orderLinkId parentOrderLinkId blockTradeId symbol price qty side isLeverage positionIdx orderStatus
createType cancelType rejectReason avgPrice leavesQty leavesValue cumExecQty cumExecValue cumExecFee cumFeeDetail
timeInForce orderType stopOrderType orderIv marketUnit slippageToleranceType slippageTolerance triggerPrice takeProfit
stopLoss tpslMode ocoTriggerBy tpLimitPrice slLimitPrice tpTriggerBy slTriggerBy triggerDirection triggerBy
lastPriceOnCreated basePrice reduceOnly closeOnTrigger placeType smpType smpGroup smpOrderId createdTime updatedTime
extraFees rpiTakerAccess rpiMatchedQty"""
EXECUTION = """symbol orderId orderLinkId side orderPrice orderQty leavesQty createType orderType stopOrderType execFee
execFeeV2 execId execPrice execQty execType execValue execTime feeCurrency isMaker feeRate tradeIv markIv markPrice
indexPrice underlyingPrice blockTradeId closedSize seq extraFees"""
POSITION = """positionIdx riskId riskLimitValue symbol side size positionValue autoAddMargin positionStatus leverage
breakEvenPrice markPrice liqPrice positionIM positionIMByMp positionMM positionMMByMp takeProfit stopLoss trailingStop
sessionAvgPrice delta gamma vega theta unrealisedPnl curRealisedPnl cumRealisedPnl adlRankIndicator createdTime
updatedTime openTime seq isReduceOnly mmrSysUpdatedTime leverageSysUpdatedTime tpslMode bustPrice positionBalance
tradeMode"""
WALLET = """accountType accountIMRate accountMMRate totalEquity totalWalletBalance totalMarginBalance
totalAvailableBalance totalPerpUPL totalInitialMargin totalMaintenanceMargin accountIMRateByMp accountMMRateByMp
totalInitialMarginByMp totalMaintenanceMarginByMp accountLTV coin"""
COIN = """coin equity usdValue walletBalance locked spotHedgingQty borrowAmount accruedInterest totalOrderIM
totalPositionIM totalPositionMM unrealisedPnl cumRealisedPnl bonus marginCollateral collateralSwitch colRes spotBorrow
free availableToWithdraw availableToBorrow"""


def test_every_documented_field_is_there() -> None:
    session = btc((100.0, 101.0, 99.0, 100.0))
    order_id = session.order("Buy", "1", takeProfit="120", stopLoss="80")
    order, fill = session.rows("order")[0], session.rows("execution")[0]
    position, wallet = session.rows("position")[0], session.rows("wallet")[0]
    assert set(order) == {*ORDER.split(), "category", "closedPnl", "feeCurrency"}
    assert set(fill) == {*EXECUTION.split(), "category", "isLeverage", "marketUnit", "execPnl"}
    assert set(position) == {*POSITION.split(), "category", "entryPrice"}
    assert set(wallet) == set(WALLET.split())
    assert set(wallet["coin"][0]) == set(COIN.split())
    assert set(session.state_of(order_id)) == set(ORDER.split())
    listed = session.get("execution/list", category="linear")["list"][0]
    assert set(listed) == set(EXECUTION.split())
    assert set(session.position()) == {*POSITION.split(), "avgPrice"}
    for push in session.pushes:
        assert set(push.frame()) == {"id", "topic", "creationTime", "data"}


def test_rows_of_pairs_lack_only_how_they_were_created() -> None:
    market = floor(symbol="spot:BTCUSDT")
    order_id = market.main.order("Buy", "1000", category="spot")
    order, fill = market.main.rows("order")[0], market.main.rows("execution")[0]
    without = {"createType"}
    assert set(order) == {*ORDER.split(), "category", "closedPnl", "feeCurrency"} - without
    assert set(fill) == {*EXECUTION.split(), "category", "isLeverage", "marketUnit", "execPnl"} - without
    assert set(market.main.state(order_id, "spot")) == set(ORDER.split()) - without
    listed = market.main.get("execution/list", category="spot")["list"][0]
    assert set(listed) == set(EXECUTION.split()) - without
