"""Lets the hosts in INTEROP_HOSTS (`one.example,other.example=<port>`) be found on this machine, as a hosts file would.

Python loads this file before the program, which stays as it is. Unlike a hosts file it can name a port.
"""

import os
import socket

_hosts, _, _port = os.environ.get("INTEROP_HOSTS", "").partition("=")
_names = {name for name in _hosts.split(",") if name}
_getaddrinfo = socket.getaddrinfo


def _local(host, port, *args, **kwargs):
    name = host.decode() if isinstance(host, bytes) else host
    if name in _names:
        host, port = "127.0.0.1", int(_port)
    return _getaddrinfo(host, port, *args, **kwargs)


if _names:
    socket.getaddrinfo = _local
