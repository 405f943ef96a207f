"""What the README tells partners of retries and of v1's end is what the service does."""

import re
from datetime import UTC, datetime, time
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from app.domain.errors import Code
from app.settings import Settings
from rest.openapi.problems import PROBLEMS
from tests.contract.rest_contract import contracts
from tests.service import Service

README = (Path(__file__).parent.parent.parent / "README.md").read_text(encoding="utf-8")
TABLE = README.partition("### What to retry, and how")[2].partition("\n\nGraphQL")[0]
_STATUS_OR_CODE = re.compile(r"\b([1-5]\d\d)\b|`([a-z_]+)`")


def _told() -> dict[str, str]:
    """Every code and status that the table names, with what it says of a retry."""
    rows = [line.split("|")[1:4] for line in TABLE.splitlines() if line.startswith("|")][2:]
    return {
        word: retry.strip() for answer, retry, _ in rows for pair in _STATUS_OR_CODE.findall(answer) for word in pair
    }


def test_codes_stand_beside_their_status() -> None:
    """Each code in the table exists, and stands after its status."""
    status = ""
    for number, code in _STATUS_OR_CODE.findall(TABLE):
        status = number or status
        assert not code or code == "details" or str(Code(code).spec.status) == status, code


def test_what_bears_retry_after_is_told() -> None:
    """The table says to retry every code with a `Retry-After`, and every failure of the service itself."""
    told = _told()
    waiting = {e.code for r in PROBLEMS.values() if "Retry-After" in r.headers for e in r.examples}
    ours = {code for code in Code if code.spec.status in (500, 503, 507)}
    for code in waiting | ours:
        assert told.get(code, told.get(str(code.spec.status))) in ("yes", "later"), code


async def test_v1_ends_when_the_settings_say(database_url: str) -> None:
    """Both dates come from the settings, whatever is asked; the contract's examples are the defaults."""
    examples: Any = contracts()["/v1"].document["components"]["headers"]
    for settings in ({}, {"v1_deprecated_at": "2027-02-03", "v1_sunset_at": "2028-04-05"}):
        service = Service(database_url, **settings)
        asked = [await service.send("GET", path) for path in ("/v1/products", "/v1/products/9", "/v1/nothing")]
        await service.close()
        chosen = Settings(**settings)
        dates = [datetime.combine(day, time(), UTC) for day in (chosen.v1_deprecated_at, chosen.v1_sunset_at)]
        for answer in asked:
            deprecated, sunset = answer.headers["deprecation"], answer.headers["sunset"]
            assert [datetime.fromtimestamp(int(deprecated[1:]), UTC), parsedate_to_datetime(sunset)] == dates
        if not settings:
            assert (deprecated, sunset) == (examples["Deprecation"]["example"], examples["Sunset"]["example"])
