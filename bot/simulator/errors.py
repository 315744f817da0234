"""Why the simulator cannot start."""


class SimulatorError(Exception):
    """A reason not to start or go on, in one sentence for a person."""
