"""The life cycle of orders: pure."""
