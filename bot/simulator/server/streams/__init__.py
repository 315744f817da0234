"""The WebSocket doors: public, private and trade."""
