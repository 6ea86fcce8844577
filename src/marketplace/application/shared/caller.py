from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network, ip_address


@dataclass(frozen=True, slots=True)
class Caller:
    """Where a request comes from: for limits, lists of sessions and the audit trail, never for authorization.

    `address` is an IP address, empty for what the service does of its own accord; `device` is the User-Agent.
    """

    address: str = ""
    device: str = ""
    language: str = "en"
    request_id: str = ""

    @property
    def network(self) -> str:
        return network_of(self.address)


@lru_cache(10_000)
def network_of(address: str) -> str:
    """What one subscriber can freely choose among is one: an IPv4 address, or the /64 of an IPv6 address."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if isinstance(known, IPv6Address):
        return str(known.ipv4_mapped or IPv6Network((int(known), 64), strict=False))
    return str(known)
