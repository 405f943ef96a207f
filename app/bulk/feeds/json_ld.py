"""Products in the vocabulary of https://schema.org, as search engines read them (JSON-LD 1.1).

What they require of a product is in https://developers.google.com/search/docs/appearance/structured-data/product.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec

from app.bulk.feeds.addresses import Addresses
from app.domain import money
from app.domain.bulk.listings import Listing, Sold
from app.domain.unicode import identity

_CONTEXT = "https://schema.org"
_UNIT_CODES = {"g": "GRM", "kg": "KGM", "oz": "ONZ", "lb": "LBR"}
"""The units of UN/CEFACT, recommendation 20."""
_PROPERTIES = {
    "color": "color",
    "colour": "color",
    "farbe": "color",
    "size": "size",
    "größe": "size",
    "material": "material",
    "pattern": "pattern",
}
"""The schema.org properties of options, by name; shops may use other names."""


class JsonLd:
    """A document of products; `left_out` counts those without an image."""

    def __init__(self, addresses: Addresses) -> None:
        self._addresses, self.left_out, self._between = addresses, Counter[str](), b"\n"

    def begin(self) -> bytes:
        """The beginning of the graph."""
        return b'{"@context":"%s","@graph":[' % _CONTEXT.encode()

    def lines(self, listings: Sequence[Listing]) -> bytes:
        """Some members of the graph, a line each."""
        shown = [listing for listing in listings if listing.images]
        if len(shown) < len(listings):
            self.left_out["image"] += len(listings) - len(shown)
        text = bytearray()
        for listing in shown:
            text += self._between + msgspec.json.encode(node(listing, self._addresses))
            self._between = b",\n"
        return bytes(text)

    def end(self) -> bytes:
        """The end of the graph."""
        return b"\n]}\n"


def page(listing: Listing, addresses: Addresses) -> bytes:
    """The document for a product page, safe to embed in HTML."""
    return msgspec.json.encode({"@context": _CONTEXT, **node(listing, addresses)}).replace(b"<", rb"\u003c")


def node(listing: Listing, addresses: Addresses) -> dict[str, Any]:
    """A product, or a product group if it has options."""
    first = listing.variants[0]
    about = _about(listing, addresses)
    if not first.options:
        return {"@type": "Product", **about, **_sold(listing, first, addresses)}
    return {
        "@type": "ProductGroup",
        **about,
        "productGroupID": str(listing.id),
        "variesBy": [_property(name) or name for name in first.options],
        "hasVariant": [_variant(listing, sold, addresses) for sold in listing.variants],
    }


def _about(listing: Listing, addresses: Addresses) -> dict[str, Any]:
    """The members that the variants of a product share."""
    found = {
        "@id": addresses.page(listing),
        "url": addresses.page(listing),
        "name": listing.name,
        "description": listing.description,
        "image": [addresses.image(listing, sha256) for sha256 in listing.images],
        "brand": listing.brand and {"@type": "Brand", "name": listing.brand},
        "category": " > ".join(listing.categories[0]) if listing.categories else None,
        "additionalProperty": [
            {"@type": "PropertyValue", "name": name, "value": value} for name, value in listing.attributes.items()
        ],
    }
    return {name: value for name, value in found.items() if value}


def _variant(listing: Listing, sold: Sold, addresses: Addresses) -> dict[str, Any]:
    known = {_property(name): value for name, value in sold.options.items()}
    options = {address.rpartition("/")[2]: value for address, value in known.items() if address}
    sha256 = sold.image or next(iter(listing.images), None)  # search engines require an image of each variant
    image = {"image": addresses.image(listing, sha256)} if sha256 else {}
    return {"@type": "Product", "name": listing.name_of(sold), **options, **image, **_sold(listing, sold, addresses)}


def _sold(listing: Listing, sold: Sold, addresses: Addresses) -> dict[str, Any]:
    """The members of one variant, with its offer."""
    weight = sold.weight and {
        "@type": "QuantitativeValue",
        "value": sold.weight["value"],
        "unitCode": _UNIT_CODES[str(sold.weight["unit"])],
    }
    found = {"sku": sold.sku, "gtin": sold.gtin, "weight": weight, "offers": _offer(listing, sold, addresses)}
    return {name: value for name, value in found.items() if value}


def _offer(listing: Listing, sold: Sold, addresses: Addresses) -> dict[str, Any]:
    struck = {
        "@type": "UnitPriceSpecification",
        "priceType": f"{_CONTEXT}/StrikethroughPrice",
        **_price(sold.regular_price, listing.currency),
    }
    return {
        "@type": "Offer",
        "url": addresses.page(listing),
        **_price(sold.price, listing.currency),
        **({"priceSpecification": struck} if sold.price < sold.regular_price else {}),
        "availability": f"{_CONTEXT}/{'InStock' if sold.in_stock else 'OutOfStock'}",
    }


def _price(units: int, currency: str) -> dict[str, str]:
    return {"price": money.text(units, currency), "priceCurrency": currency}


def _property(option: str) -> str | None:
    """The URL of an option's property, if search engines know it."""
    name = _PROPERTIES.get(identity.key(option))
    return name and f"{_CONTEXT}/{name}"
