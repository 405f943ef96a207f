"""Membership of addresses in networks."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from ipaddress import ip_address, ip_network


def within(networks: Iterable[str]) -> Callable[[str], bool]:
    """Returns a function: whether an address is in one of the networks; other text is in none."""
    known = [ip_network(network) for network in networks]

    @lru_cache(maxsize=256)
    def contains(address: str) -> bool:
        try:
            return any(ip_address(address) in network for network in known)
        except ValueError:
            return False

    return contains
