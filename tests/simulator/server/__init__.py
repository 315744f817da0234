"""The simulator's server, driven by unmodified pybit and by plain sockets."""
