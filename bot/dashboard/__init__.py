"""What the person at the terminal sees: the live table, the summary, and the log."""
