"""Which addresses documents may come from: public ones, and those of hosts that the settings name."""

import ipaddress
from collections.abc import Iterable

_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: an IPv4 address is in the last 32 bits
_COMPATIBLE = ipaddress.ip_network("::/96")  # RFC 4291, deprecated; some systems still route it
_TRANSLATED = ipaddress.ip_network("::ffff:0:0:0/96")  # RFC 2765

# Special purposes (IANA's registries) that the standard library does not know in every version of Python that we run on.
_SPECIAL = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24", "64:ff9b:1::/48", "2001::/23", "3fff::/20", "5f00::/16")))


def is_public(address: str) -> bool:
    """Tell whether `address` is one of the open Internet, by the registries of IANA; also when IPv4 hides in IPv6."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        hidden = _hidden(found)
        if hidden is not None:
            return is_public(str(hidden))
        if found.is_site_local:
            return False
    if any(found in network for network in _SPECIAL):
        return False
    return found.is_global and not found.is_multicast and not found.is_reserved


def is_allowed(host: str, port: int, allowed: Iterable[str]) -> bool:
    """Tell whether `allowed` (host or host:port) names `host`."""
    name = plain(host)
    return bool({name, f"{name}:{port}"} & set(allowed))


def plain(host: str) -> str:
    """Return `host` (or host:port) in one spelling: small, without brackets and without a dot at the end."""
    return host.strip().lower().replace("[", "").replace("]", "").rstrip(".")


def _hidden(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if any(address in network for network in (_NAT64, _COMPATIBLE, _TRANSLATED)):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None
