"""The models of products. v1 has some of their members: `rest.versions` names them."""

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field, create_model

from app.domain import file_models, models
from app.domain.fields import attributes, member_types, product_fields
from app.domain.finding.facets import MAX_FACETS
from app.domain.unicode import text
from rest.models import (
    NOT_BLANK,
    SLUG,
    STORABLE,
    Address,
    Currency,
    Gtin,
    Id,
    Input,
    Integer,
    MediaType,
    Model,
    Name,
    Page,
    Partial,
    Price,
    Sku,
    Time,
    Weight,
    WeightInput,
    WeightPatch,
    Words,
    example,
    optional,
    page_example,
    string,
    without_default,
)
from rest.products.facets import Facet
from rest.variants.models import ExportVariant, ListedVariant, NamedValues, OptionInput, ProductOption, Variant

Positive = Annotated[int, Integer(1)]
AlternativeText = Annotated[str, string(0, file_models.MAX_ALT)]
_LINE = [name for name in product_fields.IMPORTED if name not in ("categories", "options", "variants")]
_LINK = {"id": 3, "name": "Audio"}
_IMAGE = {
    "url": "/v2/products/7/image?v=9c1185a5c5e9fc54",
    "contentType": "image/webp",
    "width": 800,
    "height": 600,
    "bytes": 48211,
}
_EXAMPLE = {member.name: member.example for member in product_fields.MEMBERS}

_SOLD = {"sku": "WH-30", "price": 129.99, "stock": 12, "options": {"Colour": "black"}}
LISTED = {"id": 41, "alt": "The headphones, folded", **_IMAGE}


def _picked(names: Iterable[str]) -> dict[str, Any]:
    return {name: _EXAMPLE[name] for name in names}


class CategoryLink(Model):
    """A category of a product."""

    model_config = example(_LINK)
    id: Id = Field(description="The category's id.")
    name: Name = Field(description="The category's name.")


class Image(Model):
    """A product's first image."""

    model_config = example(_IMAGE)
    url: Address = Field(
        description="The address of the bytes; add `width` for a smaller rendition. Every image has its own address."
    )
    content_type: MediaType = Field(description="Its media type.")
    width: Positive = Field(description="In pixels.")
    height: Positive = Field(description="In pixels.")
    bytes: Positive = Field(description="Its size in bytes.")


class ProductImage(Image):
    """An image in a product's list."""

    model_config = example(LISTED)
    id: Id = Field(description="The image's id; the service sets it and never uses it again.")
    alt: AlternativeText = Field(description="The alternative text: what the image shows, in one line; may be empty.")


ImageList = Annotated[list[ProductImage], Field(max_length=file_models.MAX_IMAGES)]

_INPUTS: dict[str, Any] = {
    "weight": WeightInput,
    "options": Annotated[list[OptionInput], Field(max_length=models.MAX_OPTIONS)],
    "variants": Annotated[list[ListedVariant], Field(max_length=models.MAX_VARIANTS)],
}
"""The types of members that differ between bodies and answers, by name."""
_TYPES: dict[str, Any] = {
    "id": Id,
    "version": Positive,
    "time": Time,
    "categories": Annotated[list[CategoryLink], Field(max_length=models.MAX_CATEGORIES)],
    "image": Image,
    "images": ImageList,
}
"""The types of members that only the service sets, by kind."""


_AttributeName = Annotated[str, string(1, attributes.MAX_NAME, NOT_BLANK)]
_AttributeText = Annotated[str, string(1, attributes.MAX_TEXT, NOT_BLANK)]
_AttributeNumber = Annotated[float, Field(ge=-attributes.MAX_NUMBER, le=attributes.MAX_NUMBER, strict=True)]
_AttributeItems = Annotated[list[_AttributeText], Field(max_length=attributes.MAX_ITEMS)]
_AttributeValue = _AttributeText | _AttributeNumber | Annotated[bool, Field(strict=True)] | _AttributeItems
_ATTRIBUTES = Annotated[
    dict[_AttributeName, _AttributeValue], Field(max_length=attributes.MAX_ATTRIBUTES), NamedValues()
]
_PATCHES: dict[str, Any] = {
    "weight": WeightPatch,
    "attributes": Annotated[
        dict[_AttributeName, _AttributeValue | None], Field(max_length=attributes.MAX_IN_PATCH), NamedValues()
    ],
}
"""The types of members that merge patches have parts of, by name."""
_MERGED = {"weight": " An omitted one of the two stays.", "attributes": " Omitted attributes stay, null removes one."}


def _type(of: member_types.Type) -> Any:  # noqa: C901 - a table
    """The type of a member, from the table of the domain."""
    match of:
        case member_types.Text(low, high, trim):
            return Annotated[str, string(low, high, NOT_BLANK if trim else STORABLE)]
        case member_types.Sku(high):
            return Annotated[str, string(1, high, NOT_BLANK)]
        case member_types.Integer(low, high):
            return Annotated[int, Integer(low, high)]
        case member_types.Ids(high):
            return Annotated[list[Id], Field(max_length=high)]
        case member_types.Slug(high):
            return Annotated[str, string(1, high, SLUG)]
        case member_types.Choice(words):
            return Annotated[str, Words("ProductStatus", words, "Whether a product is for sale.")]
        case member_types.Names(most, high):
            return Annotated[list[Annotated[str, string(1, high, NOT_BLANK)]], Field(max_length=most)]
        case member_types.Gtin():
            return Gtin
        case member_types.Weight():
            return Weight
        case member_types.Attributes():
            return _ATTRIBUTES
        case member_types.Options():
            return Annotated[list[ProductOption], Field(max_length=models.MAX_OPTIONS)]
        case member_types.Variants():
            return Annotated[list[Variant], Field(max_length=models.MAX_VARIANTS)]
        case member_types.Shown(kind):
            return _TYPES[kind]
        case member_types.Price():
            return Price
        case member_types.Currency():
            return Currency
    raise TypeError(of)


def _base(names: Iterable[str], base: type[BaseModel], *, nulls: bool = False) -> Any:
    """A model of some members; with `nulls`, as in merge patches, null resets a member that is not required."""
    fields: dict[str, Any] = {}
    inputs = _INPUTS | (_PATCHES if nulls else {})
    for name in names:
        member = product_fields.BY_NAME[name]
        resets = issubclass(base, Input) and (member.resets or (nulls and not member.required))
        null = member.nullable or resets
        kind = (inputs.get(name) if issubclass(base, Input) else None) or _type(member.type)
        annotation = kind | None if null else kind
        default = ... if member.required or not issubclass(base, Input) else member.default
        # A PUT of v1 keeps the categories that it leaves out, one of v2 what came later.
        depends = default == () or (default is not ... and member.edition > 2)
        extra: dict[str, Any] = {"json_schema_extra": without_default} if depends else {}
        description = member.description + (_MERGED.get(name, "") if nulls else "")
        field = Field(default, alias=name, description=description, **extra)
        fields[member.attribute] = (annotation, field)
    return create_model("Members", __base__=base, **fields)


class Product(_base(product_fields.SHOWN, Model)):  # type: ignore[misc] # its members come from the table
    """A product."""

    model_config = example(_picked(product_fields.SHOWN))


class ProductView(Partial, Product):
    """A product, or the members of it that `fields` names."""


class ProductList(Page[ProductView]):
    """A page of products."""

    corrected_query: Annotated[str, string(1, text.MAX_CORRECTED, STORABLE)] = Field(
        "",
        description="The corrected search that found these products; absent if `q` was not corrected.",
        json_schema_extra=without_default,
    )
    facets: Annotated[list[Facet], Field(max_length=MAX_FACETS)] = Field(
        [],
        description="The requested facets, in the same order; absent if none was requested.",
        json_schema_extra=without_default,
    )

    model_config = page_example("products", _picked(product_fields.LISTED))


class ProductInput(_base(product_fields.WRITABLE, Input)):  # type: ignore[misc]
    """A product to create, or the new state of one; omitted members get their defaults."""

    model_config = example(_picked(product_fields.WRITABLE))


class ProductPatch(Partial, _base(product_fields.WRITABLE, Input, nulls=True)):  # type: ignore[misc]
    """A merge patch (RFC 7396): omitted members stay as they are, null resets a member to its default."""

    model_config = example(_picked(["name"]))


def _not_zero(delta: int) -> int:  # no request runs it: the domain validates, `tests/contract/test_models.py` compares
    if delta == 0:
        raise ValueError("must not be 0")
    return delta


Delta = Annotated[int, Integer(-models.MAX_STOCK, models.MAX_STOCK, **{"not": {"const": 0}}), AfterValidator(_not_zero)]


class StockAdjustment(Input):
    """A change of a product's stock."""

    model_config = example({"delta": -1})
    delta: Delta = Field(description="The number to add; a negative number takes from the stock. Not 0.")
    variant_id: Id = optional("The variant of the product; its first by default.")


class ExportLine(_base(_LINE, Model)):  # type: ignore[misc]
    """A line of an export: a product in the format of imports."""

    model_config = example(_picked(product_fields.IMPORTED) | {"categories": ["Sound > Audio"], "variants": [_SOLD]})
    sku: Sku = Field(description="The stock-keeping unit; unique.")
    categories: Annotated[list[Annotated[str, string(1, 100_000)]], Field(max_length=models.MAX_CATEGORIES)] = Field(
        description="Paths from the root such as `Books > Comics` (`> Books`: at the root), or a name that only one"
        " category has. A backslash before `>` or a backslash makes it part of the name."
    )
    options: Annotated[list[ProductOption], Field(min_length=1, max_length=models.MAX_OPTIONS)] = optional(
        "The options that its variants differ in; absent if it has none."
    )
    variants: Annotated[list[ExportVariant], Field(min_length=1, max_length=models.MAX_VARIANTS)] = optional(
        "Its variants, in order; absent if it has no options."
    )
