"""The words of products: their place in the index, and in the count of the catalogue's words."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from app.domain import visibility
from app.domain.catalogue.product_fields import SEARCHED, Draft
from app.domain.search import vocabulary, word_index
from app.domain.search.word_index import Document
from app.domain.unit_of_work import Unit

Documents = Mapping[str, Document | None]
"""The words of products by their sku (`search.document`), where they are known already."""
NO_DOCUMENTS: Documents = MappingProxyType({})


_Worded = tuple[int, Draft, Document]


async def insert_all(unit: Unit, products: Iterable[tuple[int, Draft]], documents: Documents) -> None:
    """Index and count the words of new products."""
    made = [(row_id, draft, documents.get(draft.first.sku or "") or _document(draft)) for row_id, draft in products]
    await _index(unit, made)
    await vocabulary.count(unit, _public(made))


async def update_all(unit: Unit, changes: Iterable[tuple[int, Draft, Draft]]) -> None:
    """Index and count what changed in the words of products, each as it was and as it is."""
    changed = [change for change in changes if _found_by(change[1]) != _found_by(change[2])]
    if changed:
        before = [(row_id, draft, _document(draft)) for row_id, draft, _ in changed]
        after = [(row_id, draft, _document(draft)) for row_id, _, draft in changed]
        await _index(unit, after)
        await vocabulary.count(unit, _public(after), _public(before))


async def forget(unit: Unit, product_ids: Sequence[int], drafts: Iterable[Draft]) -> None:
    """Drop the words of products that are deleted."""
    await word_index.forget(unit, product_ids)
    gone = [(row_id, draft, _document(draft)) for row_id, draft in zip(product_ids, drafts, strict=True)]
    await vocabulary.count(unit, (), _public(gone))


async def _index(unit: Unit, worded: Iterable[_Worded]) -> None:
    await word_index.index(unit, [(row_id, draft.status, document) for row_id, draft, document in worded])


def _public(worded: Iterable[_Worded]) -> list[Document]:
    """The products that everyone sees: words of others are not counted, so that no count reveals them."""
    return [document for _, draft, document in worded if visibility.everyone_sees(draft.status)]


def _found_by(draft: Draft) -> tuple[object, ...]:
    return draft.status, _texts(draft), _skus(draft)


def _texts(draft: Draft) -> dict[str, str]:
    return {attribute: getattr(draft, attribute) or "" for attribute in SEARCHED}


def _skus(draft: Draft) -> list[str]:
    return [one.sku for one in draft.variants if one.sku is not None]


def _document(draft: Draft) -> Document:
    return word_index.document(**_texts(draft), skus=_skus(draft))
