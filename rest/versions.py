"""The differences between v1 and v2: members of a product, and header fields about the end of v1."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from email.utils import format_datetime

from app.domain.catalogue import product_edits
from app.domain.fields import product_fields
from app.http.public_paths import public, quoted
from app.http.request_state import RequestState
from app.settings import Settings

_LATER = {
    "ProductList": frozenset({"correctedQuery", "facets"}),
    "OrderItem": frozenset({"variantId", "sku"}),
    "OrderLine": frozenset({"variantId", "sku", "options"}),
    "StockAdjustment": frozenset({"variantId"}),
}
"""The members of models that a deprecated version does not have."""


@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """One version of the API.

    `shown` are a product's members in their order, `writable` those of a product's body. `hidden` are the fields of a
    product that a PUT of this version leaves alone, unless the body has the member that writes them.
    `own_keys` are the kinds of keys that it takes in place of a product's id.
    `about` describes the version in the contract, `descriptions` its operations that differ from v2's.
    """

    name: str
    number: str
    shown: tuple[str, ...]
    writable: frozenset[str]
    hidden: Mapping[str, str]
    own_keys: frozenset[str]
    deprecated: bool
    about: str
    descriptions: Mapping[str, str]

    @property
    def prefix(self) -> str:
        """The path that it is mounted at: `/v2`."""
        return f"/{self.name}"

    def members(self, model: str, members: Iterable[str]) -> tuple[str, ...]:
        """The members of a model that this version has; versions differ in products and variants."""
        if model in ("Product", "ProductView"):
            return tuple(member for member in members if member in self.shown)
        if model in _LATER and self.deprecated:
            return tuple(member for member in members if member not in _LATER[model])
        if model in ("ProductInput", "ProductPatch"):
            return tuple(member for member in members if member in self.writable)
        return tuple(members)

    def kept(self, members: Mapping[str, object]) -> frozenset[str]:
        """The attributes of a product that a PUT with these members keeps."""
        return product_edits.kept_attributes(members, self.hidden)


def _shown(version: int) -> tuple[str, ...]:
    """The members that a version shows: v1 the first edition, v2 all."""
    return tuple(member.name for member in product_fields.MEMBERS if member.shown and _has(version, member))


def _writable(version: int) -> frozenset[str]:
    """The members that bodies of a version may contain."""
    return frozenset(name for name, member in product_fields.WRITABLE.items() if _has(version, member))


def _has(version: int, member: product_fields.Member) -> bool:
    return version > 1 or member.edition == 1


V1 = Version(
    name="v1",
    number="1.0.0",
    shown=_shown(1),
    writable=_writable(1),
    hidden=product_edits.kept_by_put(1),
    own_keys=frozenset(),
    deprecated=True,
    about=(
        "**Deprecated: move to [v2](/v2/openapi.yaml).** Every answer has the fields `Deprecation` (RFC 9745), `Sunset`"
        " (RFC 8594) and a `Link` to its successor. A v1 product has exactly `id`, `name` and `price`; v1's PUT leaves"
        " all other members as they are."
    ),
    descriptions={
        "replaceProduct": (
            "Replaces the name and the price, and the categories if `categoryIds` is given; all other members stay."
        )
    },
)

V2 = Version(
    name="v2",
    number="2.0.0",
    shown=_shown(2),
    writable=_writable(2),
    hidden=product_edits.kept_by_put(2),
    own_keys=frozenset({"sku", "slug"}),
    deprecated=False,
    about="The current version. It only gains members, parameters and codes; ignore those that you do not know.",
    descriptions={},
)

VERSIONS = (V1, V2)
_V1 = V1.prefix


class Signals:
    """Adds the deprecation headers to every answer under a deprecated version (RFC 9745, RFC 8594).

    Its `Link` names the same address in the successor, and the page that explains the deprecation.
    """

    def __init__(self, settings: Settings) -> None:
        self._fixed = [
            (b"deprecation", f"@{_midnight(settings.v1_deprecated_at).timestamp():.0f}".encode()),
            (b"sunset", format_datetime(_midnight(settings.v1_sunset_at), usegmt=True).encode()),
        ]

    def __call__(self, request: RequestState) -> None:
        """Add the header fields to answers under /v1."""
        scope = request.scope
        if _V1 not in scope["path"]:
            return
        root = scope.get("root_path", "")
        path = scope["path"].removeprefix(root)
        if path.startswith("/v1/") or path == V1.prefix:
            successor = quoted(f"{root}{V2.prefix}{path[len(V1.prefix) :]}")
            link = f'<{successor}>; rel="successor-version", <{public(root)}/docs>; rel="deprecation"'.encode()
            request.fields += (*self._fixed, (b"link", link))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
