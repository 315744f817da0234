"""Fields of the results of REST calls, as the documentation has them (Bybit V5 docs), in short form."""

from typing import Final

CONTRACT: Final = """
category list(baseCoin contractType copyTrading deliveryFeeRate deliveryTime displayName forbidUplWithdrawal
fundingInterval isPreListing launchTime leverageFilter{leverageStep maxLeverage minLeverage}
lotSizeFilter{maxMktOrderQty maxOrderQty minNotionalValue minOrderQty postOnlyMaxOrderQty qtyStep}
lowerFundingRate preListingInfo priceFilter{maxPrice minPrice tickSize} priceScale quoteCoin
riskParameters{priceLimitRatioX priceLimitRatioY} settleCoin status symbol symbolId symbolType unifiedMarginTrade
upperFundingRate) nextPageCursor
"""

KLINE: Final = "category list:7 symbol"

PRICE_KLINE: Final = "category list:5 symbol"

CONTRACT_TICKER: Final = """
category list(ask1Price ask1Size basis basisRate basisRateYear bid1Price bid1Size curPreListingPhase
deliveryFeeRate deliveryTime fundingCap fundingIntervalHour fundingRate highPrice24h indexPrice lastPrice
lowPrice24h markPrice nextFundingTime openInterest openInterestValue preOpenPrice preQty predictedDeliveryPrice
prevPrice1h prevPrice24h price24hPcnt singleOpenInterest singleOpenInterestValue symbol turnover24h volume24h)
"""

BOOK: Final = "a:2 b:2 cts s seq ts u"

TRADES: Final = "category list(execId isBlockTrade isRPITrade price seq side size symbol time)"

ORDER_IDS: Final = "orderId orderLinkId"

BATCH_IDS: Final = "list(category orderId orderLinkId symbol)"

ORDERS: Final = """
category list(avgPrice basePrice blockTradeId cancelType closeOnTrigger createType createdTime cumExecFee
cumExecQty cumExecValue cumFeeDetail extraFees isLeverage lastPriceOnCreated leavesQty leavesValue marketUnit
ocoTriggerBy orderId orderIv orderLinkId orderStatus orderType parentOrderLinkId placeType positionIdx price qty
reduceOnly rejectReason rpiMatchedQty rpiTakerAccess side slLimitPrice slTriggerBy slippageTolerance
slippageToleranceType smpGroup smpOrderId smpType stopLoss stopOrderType symbol takeProfit timeInForce
tpLimitPrice tpTriggerBy tpslMode triggerBy triggerDirection triggerPrice updatedTime) nextPageCursor
"""

CANCELLED: Final = "list(orderId orderLinkId) success"

SPOT_ORDERS: Final = """
category list(avgPrice basePrice blockTradeId cancelType closeOnTrigger createdTime cumExecFee cumExecQty
cumExecValue cumFeeDetail extraFees isLeverage lastPriceOnCreated leavesQty leavesValue marketUnit ocoTriggerBy
orderId orderIv orderLinkId orderStatus orderType parentOrderLinkId placeType positionIdx price qty reduceOnly
rejectReason rpiMatchedQty rpiTakerAccess side slLimitPrice slTriggerBy slippageTolerance slippageToleranceType
smpGroup smpOrderId smpType stopLoss stopOrderType symbol takeProfit timeInForce tpLimitPrice tpTriggerBy tpslMode
triggerBy triggerDirection triggerPrice updatedTime) nextPageCursor
"""

EXECUTIONS: Final = """
category list(blockTradeId closedSize createType execFee execFeeV2 execId execPrice execQty execTime execType
execValue extraFees feeCurrency feeRate indexPrice isMaker leavesQty markIv markPrice orderId orderLinkId
orderPrice orderQty orderType seq side stopOrderType symbol tradeIv underlyingPrice) nextPageCursor
"""

POSITIONS: Final = """
category list(adlRankIndicator autoAddMargin avgPrice breakEvenPrice bustPrice createdTime cumRealisedPnl
curRealisedPnl delta gamma isReduceOnly leverage leverageSysUpdatedTime liqPrice markPrice mmrSysUpdatedTime
openTime positionBalance positionIM positionIMByMp positionIdx positionMM positionMMByMp positionStatus
positionValue riskId riskLimitValue seq sessionAvgPrice side size stopLoss symbol takeProfit theta tpslMode
tradeMode trailingStop unrealisedPnl updatedTime vega) nextPageCursor
"""

FEES: Final = "list(baseCoin makerFeeRate symbol takerFeeRate)"

FIELDS: Final[dict[str, str]] = {
    "market/time": "timeNano timeSecond",
    "market/instruments-info linear": CONTRACT,
    "market/instruments-info inverse": CONTRACT,
    "market/instruments-info spot": """
category list(baseCoin forbidUplWithdrawal innovation lotSizeFilter{basePrecision maxLimitOrderQty
maxMarketOrderQty maxOrderAmt maxOrderQty minOrderAmt minOrderQty postOnlyMaxLimitOrderSize quotePrecision}
marginTrading priceFilter{tickSize} quoteCoin riskParameters{priceLimitRatioX priceLimitRatioY} stTag status
symbol symbolId symbolType)
""",
    "market/kline linear": KLINE,
    "market/kline inverse": KLINE,
    "market/kline spot": KLINE,
    "market/mark-price-kline linear": PRICE_KLINE,
    "market/index-price-kline linear": PRICE_KLINE,
    "market/premium-index-price-kline linear": PRICE_KLINE,
    "market/tickers linear": CONTRACT_TICKER,
    "market/tickers inverse": CONTRACT_TICKER,
    "market/tickers spot": """
category list(ask1Price ask1Size bid1Price bid1Size highPrice24h lastPrice lowPrice24h prevPrice24h
price24hPcnt symbol turnover24h usdIndexPrice volume24h)
""",
    "market/orderbook linear": BOOK,
    "market/orderbook spot": BOOK,
    "market/recent-trade linear": TRADES,
    "market/recent-trade spot": TRADES,
    "market/funding/history linear": "category list(fundingRate fundingRateTimestamp symbol)",
    "market/open-interest linear": """
category list(openInterest singleOpenInterest timestamp) nextPageCursor symbol
""",
    "market/account-ratio linear": "list(buyRatio sellRatio symbol timestamp) nextPageCursor",
    "market/risk-limit linear": """
category list(id initialMargin isLowestRisk maintenanceMargin maxLeverage mmDeduction riskLimitValue symbol)
nextPageCursor
""",
    "market/insurance": "list(balance coin symbols value) updatedTime",
    "market/price-limit linear": "buyLmt sellLmt symbol ts",
    "market/adlAlert": """
list(adlStopRatio adlTriggerThreshold balance coin insurancePnlRatio maxBalance pnlRatio symbol) updatedTime
""",
    "market/delivery-price linear": "category list nextPageCursor",
    "system/status": "list",
    "account/info": """
dcpStatus isMasterTrader marginMode smpGroup spotHedgingStatus timeWindow unifiedMarginStatus updatedTime
""",
    "account/set-margin-mode": "reasons",
    "account/user-setting-config": "fmsef lpaPerp lpaSpot smsef",
    "account/smp-group": "smpGroup",
    "account/mmp-state": """
result(baseCoin deltaLimit frozenPeriod mmpEnabled mmpFrozen mmpFrozenUntil qtyLimit vegaLimit window)
""",
    "account/query-dcp-info": "dcpInfos(dcpStatus product timeWindow)",
    "user/query-api": """
affiliateID affiliateIDInt64 apiKey createdAt deadlineDay expiredAt id inviterID inviterIDInt64 ips isMaster
kycLevel kycRegion mktMakerLevel note parentUid permissions{Affiliate BitCard BlockTrade ByXPost ContractTrade
CopyTrading Derivatives Earn Exchange FiatBitPay FiatConvertBroker FiatGlobalPay FiatP2P NFT Options Spot
Wallet} readOnly rsaPublicKey secret type unified userID userIDInt64 uta vipLevel
""",
    "order/pre-check linear": "orderId orderLinkId postImrE4 postMmrE4 preImrE4 preMmrE4",
    "resting": ORDER_IDS,
    "amended": ORDER_IDS,
    "cancelled": ORDER_IDS,
    "batch": "list(category createAt orderId orderLinkId symbol)",
    "amended two": BATCH_IDS,
    "cancelled two": BATCH_IDS,
    "filled": ORDER_IDS,
    "resting again": ORDER_IDS,
    "order/realtime linear": ORDERS,
    "order/cancel-all linear": CANCELLED,
    "closed": ORDER_IDS,
    "order/history linear": ORDERS,
    "resting pair": ORDER_IDS,
    "order/realtime spot": SPOT_ORDERS,
    "order/cancel-all spot": CANCELLED,
    "order/history spot": SPOT_ORDERS,
    "bought": ORDER_IDS,
    "inverse": ORDER_IDS,
    "order/spot-borrow-check spot": """
borrowCoin maxTradeAmount maxTradeQty side spotMaxTradeAmount spotMaxTradeQty symbol
""",
    "execution/list linear": EXECUTIONS,
    "execution/list spot": """
category list(blockTradeId closedSize execFee execFeeV2 execId execPrice execQty execTime execType execValue
extraFees feeCurrency feeRate indexPrice isMaker leavesQty markIv markPrice orderId orderLinkId orderPrice
orderQty orderType seq side stopOrderType symbol tradeIv underlyingPrice) nextPageCursor
""",
    "execution/list inverse": EXECUTIONS,
    "position/list linear": POSITIONS,
    "position/list inverse": POSITIONS,
    "position/add-margin linear": """
adlRankIndicator autoAddMargin avgPrice breakEvenPrice bustPrice category createdTime cumRealisedPnl
curRealisedPnl delta gamma isReduceOnly leverage leverageSysUpdatedTime liqPrice markPrice mmrSysUpdatedTime
openTime positionBalance positionIM positionIMByMp positionIdx positionMM positionMMByMp positionStatus
positionValue riskId riskLimitValue seq sessionAvgPrice side size stopLoss symbol takeProfit theta tpslMode
tradeMode trailingStop unrealisedPnl updatedTime vega
""",
    "refused margin mode": "reasons(reasonCode reasonMsg)",
    "position/set-tpsl-mode linear": "tpSlMode",
    "position/set-risk-limit linear": "category riskId riskLimitValue",
    "position/closed-pnl linear": """
category list(avgEntryPrice avgExitPrice closeFee closedPnl closedSize createdTime cumEntryValue cumExitValue
execType fillCount leverage openFee orderId orderPrice orderType qty side symbol updatedTime) nextPageCursor
""",
    "position/symbol-info linear": "category list(leverage positionIdx side symbol) nextPageCursor",
    "account/wallet-balance": """
list(accountIMRate accountIMRateByMp accountLTV accountMMRate accountMMRateByMp accountType
coin(accruedInterest availableToBorrow availableToWithdraw bonus borrowAmount coin colRes collateralSwitch
cumRealisedPnl equity free locked marginCollateral spotBorrow spotHedgingQty totalOrderIM totalPositionIM
totalPositionMM unrealisedPnl usdValue walletBalance) totalAvailableBalance totalEquity totalInitialMargin
totalInitialMarginByMp totalMaintenanceMargin totalMaintenanceMarginByMp totalMarginBalance totalPerpUPL
totalWalletBalance)
""",
    "account/collateral-info": """
list(availableToBorrow borrowAmount borrowUsageRate borrowable collateralRatio collateralSwitch currency
freeBorrowAmount freeBorrowingAmount freeBorrowingLimit hourlyBorrowRate marginCollateral maxBorrowingAmount
otherBorrowAmount)
""",
    "account/borrow-history": "list nextPageCursor",
    "account/withdrawal": "availableWithdrawal availableWithdrawalMap",
    "account/transaction-log": """
list(bonusChange cashBalance cashFlow category change currency extraFees fee feeRate funding id orderId
orderLinkId qty side size symbol tradeId tradePrice transSubType transactionTime type) nextPageCursor
""",
    "account/fee-rate linear": FEES,
    "account/fee-rate spot": FEES,
    "asset/transfer/inter-transfer": "status transferId",
    "asset/transfer/query-inter-transfer-list": """
list(amount coin fromAccountType status timestamp toAccountType transferId) nextPageCursor
""",
    "asset/transfer/query-account-coin-balance": """
accountId accountType balance{bonus coin ltvTransferSafeAmount transferBalance transferSafeAmount
walletBalance} bizType memberId
""",
    "asset/transfer/query-account-coins-balance": """
accountType balance(bonus coin transferBalance walletBalance) memberId
""",
    "asset/coin/query-info": """
rows(chains(chain chainDeposit chainType chainWithdraw confirmation contractAddress depositMin minAccuracy
safeConfirmNumber withdrawFee withdrawMin withdrawPercentageFee) coin name remainAmount)
""",
}
"""By the title of a step; a step that is not here has an empty result."""
