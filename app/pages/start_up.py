"""The first log lines of a server: who may do what, whether it can serve, and which proxies it trusts."""

from collections.abc import Iterable, Sequence

import structlog

from app.pages.health import Readiness
from app.settings import unknown_settings

_log = structlog.get_logger("tandem")


async def report(access: str, trusted_proxies: Sequence[str], ready: Readiness) -> None:
    """Log one line about access and proxies, and one warning for each part that is not ready."""
    checks = await ready.check()
    _log.info(
        "starting",
        access=access,
        database="migrated" if set(checks.values()) == {"ok"} else "see the warnings",
        trusted_proxies=", ".join(trusted_proxies) or "none",
    )
    for part, reason in checks.items():
        if reason != "ok":
            cause = {"cause": ready.cause} if part == "database" else {}
            _log.warning("not ready", part=part, reason=reason, **cause)


def warn_of_plain_uvicorn() -> None:
    """Log what an ASGI application cannot enforce by itself, since a server reads the connection."""
    _log.warning(
        "a server other than `tandem serve` runs this application",
        not_enforced="deadlines and sizes of request headers, deadlines of clients that do not read, one valid Host,"
        " that bytes of an interrupted upload are kept",
        advice="run `tandem serve`, or add `--http app.server.protocol:Protocol` to uvicorn",
    )


def warn_of_unknown_settings(environment: Iterable[str]) -> None:
    """Log each variable that looks like a setting and is none."""
    for name, similar in unknown_settings(environment):
        _log.warning("unknown setting", name=name, advice=f"did you mean {similar}?" if similar else "it is ignored")
