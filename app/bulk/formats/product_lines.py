"""Products of shops' files as import lines; a variant that cannot be stored is a bad line by itself."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias

from app.bulk import amounts
from app.bulk.formats.format import Product, Variant
from app.bulk.import_options import Images
from app.bulk.taken_members import EMPTY
from app.domain import models
from app.domain.bulk.import_lines import Line, check_line
from app.domain.errors import FieldError
from app.domain.unicode import identity

_SAID_BY_NULL = frozenset({"stock", "compareAtPrice"})
"""Members that an empty cell clears; other empty cells keep the stored value."""
_ANY = "Any"
"""The value of an unspecified option."""
_BETWEEN = " / "


Lines: TypeAlias = Iterator[tuple[Line, Images]]


def lines(product: Product) -> Lines:
    """The bad lines of variants that cannot be stored, then the line of the product with the others and its images."""
    if product.problem or not product.variants:
        missing = FieldError(("price",), "`price` is required.")
        yield Line(product.number, FieldError((), product.problem) if product.problem else missing), Images()
        return
    product = _with_few_options(product)
    if not product.options and len(product.variants) == 1:
        yield _alone(product, product.variants[0]), Images(product.images)
        return
    held: list[Variant] = []
    bad = set[int]()
    for variant in product.variants:
        if problem := _problem(variant) or _problem_beside(variant, held):
            yield Line(variant.number, problem), Images()
            bad.add(variant.number)
        else:
            held.append(variant)
    if held:
        urls = {image.url for image in product.images}
        pictured = {str(one.members["sku"]): one.image for one in held if one.image in urls}
        number = held[0].number if product.number in bad else product.number  # a bad line is reported once
        yield Line(number, _together(product, held)), Images(product.images, pictured)


def _alone(product: Product, variant: Variant) -> Line:
    """The line of a product without options; a stored one loses those that it has, and its other variants."""
    if problem := _ambiguous(variant):
        return Line(product.number, problem)
    if _problem(variant):
        return Line(product.number, _members(product.members | variant.members))
    return Line(product.number, _together(product, [variant]))


def _with_few_options(product: Product) -> Product:
    """The product; options that are too many are one, such as `Width / Length` with values such as `30 / 32`."""
    variants = [one._replace(values=_few([value or _ANY for value in one.values])) for one in product.variants]
    return replace(product, options=_few(product.options), variants=variants)


def _few(texts: Sequence[str]) -> Sequence[str]:
    most = models.MAX_OPTIONS
    return texts if len(texts) <= most else [*texts[: most - 1], _BETWEEN.join(texts[most - 1 :])]


def _problem(variant: Variant) -> FieldError | None:
    """The errors of one variant, checked as a product with only that variant."""
    if any(len(value) > models.MAX_OPTION_VALUE for value in variant.values):
        return FieldError(("options",), f"An option value has at most {models.MAX_OPTION_VALUE} characters.")
    if problem := _ambiguous(variant):
        return problem
    entry = check_line(Line(variant.number, {"name": "-", **_members(variant.members)}))
    return next(iter(entry.field_errors), None) or next(
        (FieldError((name,), f"`{name}` is required.") for name in entry.missing), None
    )


def _ambiguous(variant: Variant) -> FieldError | None:
    """The error of a price that can mean several."""
    price = variant.members.get("price")
    return FieldError(("price",), f"`price`: {price}.") if isinstance(price, amounts.Ambiguous) else None


def _problem_beside(variant: Variant, held: Sequence[Variant]) -> FieldError | None:
    """Why a product cannot have a further variant, or `None`."""
    if len(held) == models.MAX_VARIANTS:
        return FieldError(("variants",), f"A product has at most {models.MAX_VARIANTS} variants.")
    for other in held:
        if _same(variant.values, other.values):
            return FieldError(("options",), f"The options are those of line {other.number}.")
        if _same([str(variant.members["sku"])], [str(other.members["sku"])]):
            return FieldError(("sku",), f"`sku` is already on line {other.number}.")
    if held and (currency := held[0].members["currency"]) != variant.members["currency"]:
        return FieldError(("currency",), f"`currency` must be that of the product, {currency}.")
    return None


def _same(values: Sequence[str], others: Sequence[str]) -> bool:
    return list(map(identity.key, values)) == list(map(identity.key, others))


def _together(product: Product, held: Sequence[Variant]) -> dict[str, object]:
    """The members of an import line that has variants."""
    values = zip(*(variant.values for variant in held), strict=True)
    options = [
        {"name": name, "values": list(dict.fromkeys(some))} for name, some in zip(product.options, values, strict=True)
    ]
    variants = [
        _members({name: value for name, value in one.members.items() if name != "currency"})
        | {"options": dict(zip(product.options, one.values, strict=True))}
        for one in held
    ]
    first = held[0].members
    above = {name: first[name] for name in ("sku", "price", "currency")}
    return _members(product.members | above) | {"options": options, "variants": variants}


def _members(members: dict[str, object]) -> dict[str, object]:
    """The members with a value, or with a null that clears."""
    return {name: value for name, value in members.items() if value not in EMPTY or name in _SAID_BY_NULL}
