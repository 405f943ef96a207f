"""Random documents, each answered by a plan and by graphql-core over naive resolvers; and where the two differ."""

from random import Random
from typing import Any, NamedTuple

from app.domain.errors import Code, InvalidCursor, TandemError
from app.domain.pagination import cursors
from tests.images import drawn, encoded
from tests.schema.documents import Asked, Writer
from tests.schema.naive import Naive
from tests.schema.naive_catalogue import Catalogue
from tests.schema.oracle import Oracle
from tests.service import Service

PRODUCTS = 14
OPTIONS = [{"name": "Size", "values": ["S", "M"]}, {"name": "Größe 🙂", "values": ["1", "2", "3"]}]
ATTRIBUTES: list[dict[str, Any]] = [{}, {"a": "x", "b": 2.5}, {"c": ["x", "y"], "d": True}, {"e": 0.125, "f": -7}]


class Difference(NamedTuple):
    """A document, and what the plan and the reference made of it."""

    asked: Asked
    plan: Any
    reference: Any


class Compared(NamedTuple):
    """How many documents had data, how many of those errors beside it, how many a page at a cursor; the differences."""

    with_data: int
    with_errors: int
    at_cursors: int
    differences: list[Difference]


async def fill(service: Service) -> None:
    """Make a small catalogue in which names, prices and times tie, with images and orders."""
    root = await _made(service, "categories", {"name": "Root"})
    below = [await _made(service, "categories", {"name": f"C{n}", "parentId": root}) for n in range(3)]
    deep = await _made(service, "categories", {"name": "Ça", "parentId": below[0]})
    for n in range(PRODUCTS):
        members = {"name": f"P{n % 4}", "price": 1 + n % 5, "currency": ("USD", "EUR", "JPY")[n % 3], "sku": f"S{n}"}
        stock = {"stock": n % 3 * 10} if n % 2 else {}
        told = {"brand": f"B{n % 3}", "tags": ["a", f"t{n % 2}"], "attributes": ATTRIBUTES[n % 4]} if n % 3 else {}
        places = {"categoryIds": [root, *below, deep][n % 3 : n % 3 + 3]}
        await _made(service, "products", members | stock | told | places)
    for n in (2, 5, 6):  # the last is of the yen
        chosen = [(a, b) for a in OPTIONS[0]["values"] for b in OPTIONS[1]["values"]][: n + 1]
        sold = [
            {"sku": f"V{n}-{at}" if at % 2 else None, "price": 2 + at, "stock": at or None,
             "options": {"Size": a, OPTIONS[1]["name"]: b}}
            for at, (a, b) in enumerate(chosen)
        ]  # fmt: skip
        await _sold(service, n, sold)
        await _sold(service, n, (await service.send("GET", f"/v2/products/{n}")).json()["variants"][::-1])
    for n in (1, 4):
        await service.illustrate(n, encoded(drawn(), "PNG"))
    for alt in ("", "Fröhlich 🙂"):
        await service.attach(4, encoded(drawn(8, 9), "GIF"), alt)
    for n in range(4):
        items = [{"productId": 1, "quantity": 1 + n}, {"productId": 13, "quantity": 2}]
        order = await _made(service, "orders", {"items": items, "reference": f"r{n % 2}"}, idempotency_key=f"order-{n}")
        if n == 2:
            await service.send("POST", f"/v2/orders/{order}/cancellation", idempotency_key="cancel")
    await service.send("DELETE", "/v2/products/13")
    await service.send("PATCH", f"/v2/categories/{below[1]}", {"name": "C11"})


async def _made(service: Service, noun: str, members: dict[str, Any], **headers: str) -> int:
    return int((await service.send("POST", f"/v2/{noun}", members, **headers)).json()["id"])


async def _sold(service: Service, product: int, sold: list[dict[str, Any]]) -> None:
    """Give a product variants, in this order."""
    answer = await service.send("PATCH", f"/v2/products/{product}", {"options": OPTIONS, "variants": sold})
    assert answer.status_code == 200, answer.text


async def compare(service: Service, count: int, chance: Random) -> Compared:
    """Compare random queries; cursors that answers show are used in later ones."""
    catalogue = await Catalogue.copy(service)
    naive = Naive(catalogue)
    known, with_data, with_errors, at_cursors, differences = ["x"], 0, 0, 0, []
    for _ in range(count):
        asked = Writer(chance, mutates=0, cursors=known[-40:], times=catalogue.times).document()
        answer = await service.graphql(asked.query, asked.variables)
        expected = _expected(naive, asked)
        with_data += "data" in answer
        with_errors += "data" in answer and "errors" in answer
        sent = f"{asked.query}{asked.variables}"
        at_cursors += bool(answer.get("data")) and any(one in sent for one in known[1:])
        if not _agree(answer, expected, asked):
            differences.append(Difference(asked, answer, expected))
        known += [one for one in _cursors(answer.get("data")) if one not in known][:5]
    return Compared(with_data, with_errors, at_cursors, differences)


def _expected(naive: Naive, asked: Asked) -> dict[str, Any]:
    result = naive.execute(asked.query, asked.variables)
    errors = []
    for error in result.errors or ():
        code = error.original_error.code if isinstance(error.original_error, TandemError) else Code.INTERNAL_ERROR
        errors.append([error.path, code.name])
    return {"data": result.data, "errors": errors}


def _agree(answer: dict[str, Any], expected: dict[str, Any], asked: Asked) -> bool:
    told = [[error.get("path"), error["extensions"]["code"]] for error in answer.get("errors", ())]
    if "data" not in answer:  # an argument below the root is at fault: refused once, before anything is read
        return told[0][1] in {"QUERY_TOO_COMPLEX", "VALIDATION_FAILED", "INVALID_CURSOR"}
    if answer["extensions"]["cost"] != Oracle(asked.query, asked.variables).points():
        return False
    return bool(answer["data"] == expected["data"] and sorted(map(str, told)) == sorted(map(str, expected["errors"])))


def _cursors(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [one for one in value.values() if isinstance(one, str) and _is_cursor(one)]
        return own + [cursor for one in value.values() for cursor in _cursors(one)]
    return [cursor for one in value for cursor in _cursors(one)] if isinstance(value, list) else []


def _is_cursor(value: str) -> bool:
    try:
        return bool(cursors.version_of(value))
    except InvalidCursor:
        return False
