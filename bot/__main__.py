"""`python -m bot`: checks the Python it runs on, then hands over to the command line.

This file must parse on any Python 3, or the version could not be refused in plain words.
"""

import sys

if sys.version_info < (3, 12):  # noqa: UP036  # this is what tells the user
    sys.stderr.write(
        "Pyrmethus needs Python 3.12 or 3.13, but this is Python %d.%d (%s); scripts/run finds a suitable one.\n"  # noqa: UP031
        % (sys.version_info[0], sys.version_info[1], sys.executable)
    )
    sys.exit(2)

if __name__ == "__main__":
    try:
        from bot.commands.app import main

        main()
    except KeyboardInterrupt:  # so early that there is nothing to stop yet
        sys.exit(130)
