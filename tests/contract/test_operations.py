"""graphql/operations: each example runs on the seed catalogue, in the order of their names, and gives what it shows."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from graphql import build_schema, parse, validate
from graphql.type import GraphQLInputObjectType, GraphQLInterfaceType, GraphQLNamedType, GraphQLObjectType

import seed.loader
from schema.root import sdl
from tests.databases import Databases
from tests.service import Service

FOLDER = Path(__file__).parent.parent.parent / "graphql" / "operations"
EXAMPLES = sorted(FOLDER.glob("*.graphql"))


def _beside(example: Path) -> dict[str, Any]:
    """The variables and the headers of an example, where it has any."""
    path = example.with_suffix(".variables.json")
    return json.loads(path.read_text()) if path.exists() else {}


async def _answers(url: str) -> dict[str, Any]:
    async with Service(url) as service:
        await seed.loader.load(service.database, lambda *_: None)
        return {example.stem: await _answer(service, example) for example in EXAMPLES}


async def _answer(service: Service, example: Path) -> dict[str, Any]:
    beside = _beside(example)
    document = await asyncio.to_thread(example.read_text)
    return await service.graphql(document, beside.get("variables"), **beside.get("headers", {}))


@pytest.fixture(scope="module")
def answers(databases: Databases) -> dict[str, Any]:
    """What every example answers, run one after the other."""
    return asyncio.run(_answers(databases.create("sqlite")))


@pytest.mark.parametrize("example", [example.stem for example in EXAMPLES])
def test_runs(answers: dict[str, Any], example: str) -> None:
    """An example gives data, without errors, and its mutations are carried out."""
    answer = answers[example]
    assert "errors" not in answer
    for held in answer["data"].values():
        assert held
        assert not held.get("userErrors") if isinstance(held, dict) else held[0]
        if isinstance(held, dict) and "edges" in held:
            assert held["edges"]


def test_first_one_needs_nothing() -> None:
    """The first example runs as it is: GraphiQL opens with it."""
    assert not _beside(EXAMPLES[0])


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_valid(example: Path) -> None:
    """An example fits the published schema, opens with what it is for, and what lies beside it is used."""
    text = example.read_text()
    assert text.startswith("# ")
    assert not validate(build_schema(sdl()), parse(text))
    assert _beside(example).keys() <= {"variables", "headers"}


def test_nothing_lies_astray() -> None:
    """Every file beside the examples belongs to one."""
    assert {path.name.partition(".")[0] for path in FOLDER.iterdir()} == {example.stem for example in EXAMPLES}


def _undescribed(named: GraphQLNamedType) -> list[str]:
    found = [] if named.description else [named.name]
    if isinstance(named, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
        for name, field in named.fields.items():
            found += [] if field.description else [f"{named.name}.{name}"]
            arguments = getattr(field, "args", {})
            found += [f"{named.name}.{name}({one})" for one, said in arguments.items() if not said.description]
    values = getattr(named, "values", {})
    return found + [f"{named.name}.{value}" for value, said in values.items() if not said.description]


def test_everything_is_described() -> None:
    """Every type, field, argument and enum value says what it is."""
    schema = build_schema(sdl())
    own = [named for name, named in schema.type_map.items() if not name.startswith("__")]
    standard = {"String", "Int", "Float", "Boolean", "ID"}
    assert [one for named in own if named.name not in standard for one in _undescribed(named)] == []
