"""The control port: what a test, an operator or the venue itself may do to the simulated exchange."""
