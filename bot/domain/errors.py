"""Errors that are the user's to mend, told apart from errors that are ours."""


class UserError(Exception):
    """Something outside the program is wrong: a file, a setting, a port, a key.

    Its text is one clear message for the person at the terminal. The command line prints it on stderr, without a
    traceback, and ends with exit code 2. Anything else that escapes is a defect of the program and keeps its
    traceback.
    """
