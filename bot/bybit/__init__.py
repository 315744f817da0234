"""The bot's side of Bybit V5, spoken through pybit."""
