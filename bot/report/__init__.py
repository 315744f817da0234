"""What a report looks like: on the console, as CSV files and as an HTML page."""
