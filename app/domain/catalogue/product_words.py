"""The words of products: what their names make, their place in the index, and in the count of the catalogue's words."""

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import NamedTuple

from app.domain import slugs, visibility
from app.domain.fields.drafts import Draft
from app.domain.fields.product_fields import SEARCHED
from app.domain.search import vocabulary, word_index
from app.domain.search.documents import Document, document
from app.domain.search.word_index import Indexed
from app.domain.unicode import text
from app.domain.unit_of_work import Unit


class Prepared(NamedTuple):
    """What is stored of a new product besides its draft; it depends on the draft alone.

    `name_key` sorts it by its name; `slug` is that of its name, which may be taken; `document` has its words.
    """

    name_key: str
    slug: str
    document: Document


_found_values = attrgetter("status", *SEARCHED)
_Worded = tuple[int, Draft, Document]


def prepare(draft: Draft) -> Prepared:
    """Prepare what is stored besides a draft; imports do it outside of transactions."""
    return Prepared(text.key(draft.name), slugs.of_name(draft.name), _document(draft))


async def insert_all(unit: Unit, made: Sequence[_Worded]) -> None:
    """Index and count the words of new products."""
    await word_index.add(unit, _indexed(made))
    await vocabulary.count(unit, _public(made))


async def update_all(unit: Unit, changes: Iterable[tuple[int, Draft, Draft]]) -> None:
    """Index and count the changed words of products, from pairs of old and new state."""
    changed = [change for change in changes if _found_by(change[1]) != _found_by(change[2])]
    if changed:
        before = [(row_id, draft, await _paused(unit, draft)) for row_id, draft, _ in changed]
        after = [(row_id, draft, await _paused(unit, draft)) for row_id, _, draft in changed]
        await word_index.replace(unit, _indexed(after))
        await vocabulary.count(unit, _public(after), _public(before))


async def forget(unit: Unit, product_ids: Sequence[int], drafts: Iterable[Draft]) -> None:
    """Delete the words of deleted products."""
    await word_index.forget(unit, product_ids)
    pairs = zip(product_ids, drafts, strict=True)
    gone = [(row_id, draft, await _paused(unit, draft)) for row_id, draft in pairs]
    await vocabulary.count(unit, (), _public(gone))


def _indexed(worded: Iterable[_Worded]) -> list[Indexed]:
    return [(row_id, draft.status, document) for row_id, draft, document in worded]


def _public(worded: Iterable[_Worded]) -> list[Document]:
    """The products that everyone sees: words of others are not counted, so that no count reveals them."""
    return [document for _, draft, document in worded if visibility.is_public(draft.status)]


def _found_by(draft: Draft) -> tuple[object, ...]:
    return _found_values(draft), _skus(draft)


def _texts(draft: Draft) -> dict[str, str]:
    return {attribute: getattr(draft, attribute) or "" for attribute in SEARCHED}


def _skus(draft: Draft) -> list[str]:
    return [one.sku for one in draft.variants if one.sku is not None]


def _document(draft: Draft) -> Document:
    return document(**_texts(draft), skus=_skus(draft))


async def _paused(unit: Unit, draft: Draft) -> Document:
    await unit.pause()  # the longest texts take 12 ms
    return _document(draft)
