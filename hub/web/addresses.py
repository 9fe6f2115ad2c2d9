"""Whose address a request comes from, written in one way whatever the network and the proxies in front call it."""

from __future__ import annotations

from ipaddress import IPv6Address


def plain(host: str) -> str:
    """An IPv4 address as such also where a socket for both kinds gives it as `::ffff:192.0.2.1` (in that network all of them would
    be one), an IPv6 address without its zone; nothing for what has colons and is no address."""
    if ":" not in host:
        return host
    try:
        found = IPv6Address(host.partition("%")[0])
    except ValueError:
        return ""
    return str(found.ipv4_mapped or found)
