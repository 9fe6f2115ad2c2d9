"""Anou Hub: conversations that become orders, and orders that reach the door."""

import zoneinfo

# The pinned package of time zones, not what the machine was installed with: that may be years old. Morocco left UTC+1 in
# September 2026, and a carrier who is told the wrong hour drives into the valley for nothing.
zoneinfo.reset_tzpath(to=())
