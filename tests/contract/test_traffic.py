"""What v1 answered once, it answers still, on both engines."""

from pathlib import Path

import yaml

from tests.contract.rest_contract import contracts
from tests.contract.traffic import exchanges, promised, replayed

ROOT = Path(__file__).parent.parent.parent


async def test_replays(database_url: str) -> None:
    """Recorded requests get equal answers: status, body to the byte, and the headers that are promised."""
    recorded = exchanges()
    today = [one async for one in replayed(database_url, recorded)]
    for then, now in zip(recorded, today, strict=True):
        assert promised(now) == promised(then)


def test_a_whole_day() -> None:
    """The recording has every operation of the released v1, many refusals, and the signs of its end on all."""
    answers = [one["answer"] for one in exchanges()]
    assert len(answers) > 100
    assert {200, 201, 204, 304, 400, 404, 405, 406, 409, 412, 415, 422} <= {answer["status"] for answer in answers}
    assert all(answer["headers"].keys() >= {"deprecation", "sunset", "link"} for answer in answers)
    released = yaml.load((ROOT / "openapi" / "released" / "v1.yaml").read_text(), yaml.CSafeLoader)
    called = {(one["request"]["method"].lower(), _template(one["request"]["path"])) for one in exchanges()}
    every = {(method, path) for path, operations in released["paths"].items() for method in operations}
    assert every - called == set()


def _template(path: str) -> str | None:
    bare = path.removeprefix("/v1").partition("?")[0]
    return next((known for pattern, known in contracts()["/v1"].paths.items() if pattern.fullmatch(bare)), None)


async def test_another_answer_is_seen(database_url: str) -> None:
    """A promise that is not kept fails: a body that was recorded with another price."""
    recorded = exchanges()
    changed = next(one for one in recorded if '"price":39.9' in one["answer"]["body"])
    changed["answer"]["body"] = changed["answer"]["body"].replace("39.9", "39.90")
    assert [one async for one in replayed(database_url, recorded)] != recorded
