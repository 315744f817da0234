"""The SQLite file: schema, writes and reads."""
