"""The catalogue that naive resolvers read: all of it in memory, as REST shows it."""

from datetime import datetime
from typing import Any, NamedTuple

from schema.types.scalars import rfc3339
from tests.service import Service

Thing = dict[str, Any]


class Catalogue(NamedTuple):
    """All that REST shows of a catalogue, by id."""

    products: dict[int, Thing]
    categories: dict[int, Thing]
    orders: dict[int, Thing]

    @property
    def variants(self) -> dict[int, Thing]:
        """The variants of all products, with their places and currencies."""
        return {one["id"]: one for product in self.products.values() for one in variants_of(product)}

    @classmethod
    async def copy(cls, service: Service) -> "Catalogue":
        """The catalogue of a service; what REST does not show, the times of categories and orders, is in its log."""
        found = cls(*[{one["id"]: one for one in [o async for o in every_row(service, n)]} for n in cls._fields])
        log = (await service.send("GET", "/v2/changes?limit=100")).json()
        assert not log["hasMore"]
        for change in log["items"]:
            kind, identity = change["subject"]["type"], change["subject"]["id"]
            if kind != "product":
                told = plural(kind.capitalize(), found)[identity]
                told |= {"createdAt": change["at"]} | told | {"updatedAt": change["at"]}
        return found

    @property
    def times(self) -> list[str]:
        """Times just after its changes: the log may tell one a moment later than the row."""
        every = (one["updatedAt"] for things in self for one in things.values())
        return [rfc3339(microseconds(at) + 1) for at in every]


def variants_of(product: Thing) -> list[Thing]:
    beside = {"currency": product["currency"]}
    return [one | beside | {"position": n} for n, one in enumerate(product["variants"])]


async def every_row(service: Service, noun: str) -> Any:
    path: str | None = (
        f"/v2/{noun}?limit=100{'&include=attributes,images,options,variants' if noun == 'products' else ''}"
    )
    while path:
        page = (await service.send("GET", path)).json()
        for one in page["items"]:
            if noun != "orders":  # GraphQL's tag has no digest of an answer's bytes
                tag = (await service.send("GET", f"/v2/{noun}/{one['id']}")).headers["etag"]
                one["etag"] = f'"{".".join(tag.strip(chr(34)).split(".")[:2])}"'
            yield one
        path = page["links"]["next"]


def plural(kind: str, all_: Catalogue) -> dict[int, Thing]:
    known = {
        "Product": all_.products,
        "Variant": all_.variants,
        "Category": all_.categories,
        "Order": all_.orders,
    }
    return known.get(kind, {})


def microseconds(value: str) -> int:
    moment = datetime.fromisoformat(value)
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond
