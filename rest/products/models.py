"""The models of products. v1 has some of their members: `rest.versions` names them."""

from collections.abc import Iterable
from functools import cached_property, lru_cache
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field, create_model

from app.domain import file_models, models, money, visibility
from app.domain.catalogue import attributes, member_types, product_fields, products
from app.domain.errors import FieldError, Invalid
from app.domain.models import MAX_ID
from app.domain.search import relevance
from app.domain.unicode import text
from rest import queries
from rest.lists import SORTING, ListQuery
from rest.models import (
    NOT_BLANK,
    SLUG,
    STORABLE,
    Address,
    Currency,
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
    Words,
    example,
    optional,
    page_example,
    sort_of,
    string,
    without_default,
)
from rest.products.filters import ProductFilters
from rest.queries import Boolean, FieldsOf, Number, Query, fields_parameter, parameter
from rest.rendering import PRODUCT, View
from rest.variants.models import ListedVariant, NamedValues, OptionInput, ProductOption, Variant
from rest.versions import Version

Positive = Annotated[int, Integer(1)]
AlternativeText = Annotated[str, string(0, file_models.MAX_ALT)]
_LINE = [name for name in product_fields.IMPORTED if name != "categories"]
_LINK = {"id": 3, "name": "Audio"}
_IMAGE = {
    "url": "/v2/products/7/image?v=9c1185a5c5e9fc54",
    "contentType": "image/webp",
    "width": 800,
    "height": 600,
    "bytes": 48211,
}
_EXAMPLE = {member.name: member.example for member in product_fields.MEMBERS}

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
        description="The address of its bytes; add `width` for a smaller variant. Another image has another address."
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
    "options": Annotated[list[OptionInput], Field(max_length=models.MAX_OPTIONS)],
    "variants": Annotated[list[ListedVariant], Field(max_length=models.MAX_VARIANTS)],
}
"""The types of members that bodies say otherwise than answers, by their names."""
_TYPES: dict[str, Any] = {
    "id": Id,
    "version": Positive,
    "time": Time,
    "categories": Annotated[list[CategoryLink], Field(max_length=models.MAX_CATEGORIES)],
    "image": Image,
    "images": ImageList,
}
"""The types of what only the service sets, by their kind."""


_AttributeName = Annotated[str, string(1, attributes.MAX_NAME, NOT_BLANK)]
_AttributeText = Annotated[str, string(1, attributes.MAX_TEXT, NOT_BLANK)]
_AttributeNumber = Annotated[float, Field(ge=-attributes.MAX_NUMBER, le=attributes.MAX_NUMBER, strict=True)]
_AttributeItems = Annotated[list[_AttributeText], Field(max_length=attributes.MAX_ITEMS)]
_ATTRIBUTES = Annotated[
    dict[_AttributeName, _AttributeText | _AttributeNumber | Annotated[bool, Field(strict=True)] | _AttributeItems],
    Field(max_length=attributes.MOST),
    NamedValues(),
]


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
        case member_types.Attributes():
            return _ATTRIBUTES
        case member_types.Options():
            return Annotated[list[ProductOption], Field(max_length=models.MAX_OPTIONS)]
        case member_types.Variants():
            return Annotated[list[Variant], Field(max_length=models.MAX_VARIANTS)]
        case member_types.Shown(kind):
            return _TYPES[kind]
    return Price if isinstance(of, member_types.Price) else Currency


def _base(names: Iterable[str], base: type[BaseModel], *, nulls: bool = False) -> Any:
    """A model of some members; `nulls` for a merge patch, which resets by null what is not required."""
    fields: dict[str, Any] = {}
    for name in names:
        member = product_fields.BY_NAME[name]
        resets = issubclass(base, Input) and (member.resets or (nulls and not member.required))
        null = member.nullable or resets
        kind = _INPUTS[name] if name in _INPUTS and issubclass(base, Input) else _type(member.type)
        annotation = kind | None if null else kind
        default = ... if member.required or not issubclass(base, Input) else member.default
        # A PUT of v1 keeps the categories that it leaves out, one of v2 what came later.
        depends = default == () or (default is not ... and member.edition > 2)
        extra: dict[str, Any] = {"json_schema_extra": without_default} if depends else {}
        field = Field(default, alias=name, description=member.description, **extra)
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
        description="The search that found these products, where no product has a word of `q`; else absent.",
        json_schema_extra=without_default,
    )

    model_config = page_example("products", _picked(product_fields.LISTED))


class ProductInput(_base(product_fields.WRITABLE, Input)):  # type: ignore[misc]
    """A product to create, or the new state of one; members that are left out get their defaults."""

    model_config = example(_picked(product_fields.WRITABLE))


class ProductPatch(Partial, _base(product_fields.WRITABLE, Input, nulls=True)):  # type: ignore[misc]
    """A merge patch (RFC 7396): members that are left out stay as they are, null resets one to its default."""

    model_config = example(_picked(["name"]))


def _not_zero(delta: int) -> int:
    if delta == 0:
        raise ValueError("must not be 0")
    return delta


Delta = Annotated[int, Integer(-models.MAX_STOCK, models.MAX_STOCK, **{"not": {"const": 0}}), AfterValidator(_not_zero)]


class StockAdjustment(Input):
    """A change of a product's stock."""

    model_config = example({"delta": -1})
    delta: Delta = Field(description="The number to add; negative to take. Not 0.")
    variant_id: Id = optional("The variant of the product; its first by default.")


class ExportLine(_base(_LINE, Model)):  # type: ignore[misc]
    """A line of an export: a product, as imports take it."""

    model_config = example(_picked(product_fields.IMPORTED) | {"categories": ["Sound > Audio"]})
    sku: Sku = Field(description="The stock-keeping unit; unique.")
    categories: Annotated[list[Annotated[str, string(1, 100_000)]], Field(max_length=models.MAX_CATEGORIES)] = Field(
        description="Paths from the root such as `Books > Comics` (`> Books`: at the root), or a bare name that only"
        " one category has. A backslash makes the next `>` or backslash part of the name."
    )


@lru_cache(maxsize=512)
def view(version: Version, members: tuple[str, ...] | None) -> View:
    """The members that a version shows; None for all."""
    whole = members is None or members == version.shown
    return View(members or version.shown, PRODUCT, whole=whole, needs=("version", "status"))


@lru_cache(maxsize=64)
def written(members: tuple[str, ...]) -> View:
    """The members of a whole product that a release showed which had these."""
    return View(members, PRODUCT, whole=True)


@lru_cache(maxsize=64)
def listed(version: Version, included: tuple[str, ...]) -> View:
    """The members that a list of a version shows unasked, and those that are to be included."""
    return view(version, tuple(one for one in version.shown if one in product_fields.LISTED or one in included))


class ProductQuery(Query):
    """The parameters of one product."""

    fields: Annotated[tuple[str, ...], FieldsOf(Product)] | None = fields_parameter("Product", ["id", "name"])

    @cached_property
    def view(self) -> View:
        """The members to show."""
        return view(self.version, self.fields)


_Status = Annotated[
    str,
    Words("ProductStatusFilter", (*models.STATUSES, visibility.ANY), "A status of products; `any`: all of them."),
]
_known_currency = queries.choice({code: code for code in money.DECIMALS}, "an ISO 4217 currency code, such as USD")


class CategoryProductsQuery(ProductQuery, ProductFilters, ListQuery):
    """The parameters of the list of a category's products."""

    sort: Annotated[str, sort_of("Product", products.LISTING.keys)] = parameter(
        "ProductSorting", f"{SORTING} `relevance`: what fits `q` best comes first.", "-id", "id"
    )
    q: Annotated[str, string(0, text.MAX_QUERY), queries.text(0, text.MAX_QUERY)] | None = parameter(
        "ProductSearch",
        "Every word of it begins a word of the name, description, brand, tags or sku; case and accents do not matter.",
        "wire headph",
    )
    typos: Annotated[str, Words("Typos", ("auto", "off"), "Whether a search corrects words.")] | None = parameter(
        "Spelling",
        "`auto` corrects the words of `q` that no product has, and says so by `correctedQuery`; it is the default where"
        " `sort` is `relevance`. `off` corrects nothing.",
        "auto",
        later=True,
    )
    min_price: Number | None = parameter("MinPrice", "The lowest price, by the printed number.", 10)
    max_price: Number | None = parameter("MaxPrice", "The highest price, by the printed number.", 19.99)
    currency: Annotated[Currency, _known_currency] | None = parameter(
        "Currency", "Only products priced in this currency (ISO 4217).", "EUR"
    )
    in_stock: Boolean | None = parameter("InStock", "Whether the stock is above 0 or not counted.", True)
    sku: Annotated[str, string(1, models.MAX_SKU), queries.text(1, models.MAX_SKU)] | None = parameter(
        "Sku", "Only products with exactly this stock-keeping unit.", "WH-30"
    )

    created_since: queries.Time | None = parameter(
        "CreatedSince", "Only what was created at this time or later (RFC 3339).", "2026-03-01T09:30:00Z", later=True
    )
    updated_since: queries.Time | None = parameter(
        "UpdatedSince",
        "Only what was created or edited at this time or later (RFC 3339); a sale is no edit.",
        "2026-03-01T09:30:00Z",
        later=True,
    )
    status: Annotated[tuple[_Status, ...], Field(max_length=queries.MOST)] | None = parameter(
        "ProductStatuses",
        "Only products of this status, or of any of several; without it active ones. What is not active is there for"
        " callers with `catalog:write` alone: others may not ask for it.",
        ["draft", "archived"],
        explode=False,
        later=True,
    )
    include: Annotated[tuple[str, ...], FieldsOf(Product, product_fields.ON_REQUEST, "Inclusion")] | None = parameter(
        "ProductInclusions",
        "Show also these members, which lists leave out.",
        ["attributes"],
        explode=False,
        later=True,
    )

    listing = products.LISTING
    nested = True

    @cached_property
    def view(self) -> View:
        """The members to show."""
        if self.fields is None:
            return listed(self.version, self.include or ())
        return view(self.version, tuple(sorted({*self.fields, *(self.include or ())}, key=product_fields.SHOWN.index)))

    @property
    def in_categories(self) -> tuple[int, ...] | None:
        """Only products in any of these categories; the path of a category's list comes with the request."""
        return None

    @property
    def with_subtree(self) -> bool | None:
        """Whether products below these categories are listed too."""
        return None

    @cached_property
    def narrowed(self) -> products.Filter:
        """The filter as the domain has it."""
        return narrowed(self)


def narrowed(query: CategoryProductsQuery) -> products.Filter:
    """The filter that a query asks for."""
    low, high = query.min_price, query.max_price
    words = text.query(query.q)
    relevance.require(query.order, words, "sort")
    return products.Filter(
        words=words,
        categories=query.in_categories,
        min_price=None if low is None else money.bound(low, upper=False),
        max_price=None if high is None else money.bound(high, upper=True),
        currency=query.currency,
        in_stock=query.in_stock,
        sku=query.sku,
        created_since=query.created_since,
        updated_since=query.updated_since,
        typos=_corrects(query, words),
        statuses=visibility.asked(query.status),
        subtree=query.with_subtree,
        **query.also(),
    )


def _corrects(query: CategoryProductsQuery, words: text.Query | None) -> bool:
    if words is None or query.version.deprecated:
        return False
    return query.order.key == relevance.SORT if query.typos is None else query.typos == "auto"


class ProductListQuery(CategoryProductsQuery):
    """The parameters of the list of products."""

    category: (
        Annotated[tuple[Annotated[Id, queries.integer(1, MAX_ID)], ...], Field(max_length=queries.MOST)] | None
    ) = parameter(
        "InCategory", "Only products directly in this category; several: in any of them.", [3, 4], explode=True
    )
    subtree: Boolean | None = parameter(
        "Subtree", "With `category`: also products in all categories below.", True, later=True
    )
    nested = False

    @property
    def with_subtree(self) -> bool | None:
        """Whether products below these categories are listed too; raises `Invalid` where there are none."""
        if self.subtree is not None and self.category is None:
            raise Invalid([FieldError(("subtree",), "`subtree` needs `category`.")])
        return self.subtree or None

    @property
    def in_categories(self) -> tuple[int, ...] | None:
        """Only products in any of these categories."""
        return None if self.category is None else tuple(sorted(set(self.category)))
