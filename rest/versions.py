"""All that differs between v1 and v2: what a product shows and takes, and the signals that v1 is on its way out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from urllib.parse import quote

from app.domain import products
from app.exchange import Exchange
from app.settings import Settings


@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """One version of the API.

    `shown` are a product's members in their order, `writable` those of a product's body. `hidden` are the fields of a
    product that a PUT of this version leaves alone, unless the body has the member that writes them. `about` and
    `replacing` are what the contract says of the version, and of its PUT.
    """

    name: str
    number: str
    shown: tuple[str, ...]
    writable: frozenset[str]
    hidden: Mapping[str, str]
    deprecated: bool
    about: str
    replacing: str

    @property
    def prefix(self) -> str:
        """Where it is mounted: `/v2`."""
        return f"/{self.name}"

    def kept(self, members: Mapping[str, object]) -> frozenset[str]:
        """The fields of a product that a PUT with these members keeps."""
        return frozenset(
            field for field, member in self.hidden.items() if member not in members or member not in self.writable
        )


V1 = Version(
    name="v1",
    number="1.0.0",
    shown=("id", "name", "price"),
    writable=frozenset({"name", "price", "categoryIds"}),
    hidden={
        "currency": "currency",
        "description": "description",
        "sku": "sku",
        "stock": "stock",
        "category_ids": "categoryIds",
    },
    deprecated=True,
    about=(
        "**Deprecated: move to [v2](/v2/openapi.yaml).** Every answer says so by `Deprecation` (RFC 9745), `Sunset`"
        " (RFC 8594) and a `Link` to its successor. A v1 product is exactly `id`, `name` and `price`; what v1 cannot"
        " show, its PUT leaves as it is."
    ),
    replacing=(
        "Sets the name and the price, and the categories where `categoryIds` is given; what else v1 cannot"
        " show stays as it is."
    ),
)

V2 = Version(
    name="v2",
    number="2.0.0",
    shown=(
        *("id", "name", "price", "currency", "description", "sku", "stock"),
        *("categories", "image", "version", "createdAt", "updatedAt"),
    ),
    writable=products.WRITABLE,
    hidden={},
    deprecated=False,
    about="The current version. It only ever gains members, parameters and codes; ignore those that you do not know.",
    replacing="Sets every member of the body: what it leaves out goes back to its default.",
)

VERSIONS = (V1, V2)
_V1 = V1.prefix


class Signals:
    """Has every answer under a deprecated version, whoever gives it, say so (RFC 9745, RFC 8594).

    Its `Link` names the same address in the successor, and the page that explains the deprecation.
    """

    def __init__(self, settings: Settings) -> None:
        self._fixed = [
            (b"deprecation", f"@{_midnight(settings.v1_deprecated_at).timestamp():.0f}".encode()),
            (b"sunset", format_datetime(_midnight(settings.v1_sunset_at), usegmt=True).encode()),
        ]

    def __call__(self, exchange: Exchange) -> None:
        """Add the fields to the answer of a request under /v1."""
        scope = exchange.scope
        if _V1 not in scope["path"]:
            return
        root = scope.get("root_path", "")
        path = scope["path"].removeprefix(root)
        if path.startswith("/v1/") or path == V1.prefix:
            successor = quote(f"{root}{V2.prefix}{path[len(V1.prefix) :]}")
            link = f'<{successor}>; rel="successor-version", <{root}/docs>; rel="deprecation"'.encode()
            exchange.fields += (*self._fixed, (b"link", link))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
