"""Addresses of the public internet, which requests to user-supplied URLs may reach.

The registries of IANA for special-purpose addresses say it (RFC 6890); addresses that carry another one are none.
"""

from ipaddress import IPv6Network, ip_address, ip_network

_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NOT_PUBLIC = tuple(
    map(
        ip_network,
        """0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24
        192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24
        203.0.113.0/24 224.0.0.0/3
        2001::/23 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20""".split(),
    )
)


def is_public(address: str) -> bool:
    """Whether an address is on the public internet. An IPv4 address in an IPv6 form is not."""
    ip = ip_address(address)
    if ip.version == 6 and ip not in _GLOBAL_UNICAST:
        return False
    return not any(ip in network for network in _NOT_PUBLIC)
