"""Sockets: knows connections, not business. `Realtime` puts it together; `server` serves it."""

from realtime.node import Realtime

__all__ = ["Realtime"]
