"""Valid URLs of webhooks. The addresses of names are checked at each connection."""

import httpx2

from app.http.public_addresses import is_public


def problem(url: str, trusted: frozenset[str]) -> str | None:
    """The error of a URL as a clause; `None` if it is valid. `trusted` hosts need no https and may be private."""
    try:
        parsed = httpx2.URL(url)
    except (httpx2.InvalidURL, ValueError):
        return "must be an address, such as https://shop.example/hook"
    host = parsed.host.lower()
    if not host or not url.isascii() or not url.isprintable() or " " in url:
        return "must be an address, such as https://shop.example/hook"
    if parsed.scheme != "https" and not (parsed.scheme == "http" and host in trusted):
        return "must begin with https://"
    if parsed.userinfo or parsed.fragment:
        return "must have no user, password or fragment"
    if host not in trusted and not _may_be_public(host):
        return "must be on the public internet"
    return None


def _may_be_public(host: str) -> bool:
    """Whether a host is a name, or a public address. One that ends in a number is no name (WHATWG URL, section 3.5)."""
    last = host.rstrip(".").rpartition(".")[2]
    try:
        return is_public(host.strip("[]"))
    except ValueError:
        pass
    numeric = last.isdigit() or (last.startswith("0x") and all(sign in "0123456789abcdef" for sign in last[2:]))
    return not numeric and last != "localhost"
