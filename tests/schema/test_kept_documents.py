"""Kept documents and plans: their memory is bounded, whatever fragments and directives select."""

from itertools import product
from typing import Any

import pytest

from schema.execution import documents
from schema.execution.documents import Documents, Operation
from schema.root import CORE

_PRODUCTS, _ALIASES = 12, 40
_MANY = (
    "query($a: Boolean!, $b: Boolean!, $c: Boolean!, $d: Boolean!) {"
    + " ".join(f"p{n}: product(id: 1) {{ ...F @include(if: $a) ...G @skip(if: $b) }}" for n in range(_PRODUCTS))
    + " } fragment F on Product {"
    + " ".join(f"f{n}: name @include(if: $c)" for n in range(_ALIASES))
    + " } fragment G on Product { id @include(if: $d) }"
)


def _compiled(node: Any, selections: Any) -> object:
    """A plan that collects what the root and each of its fields select."""
    for one in selections.fields([node.selection_set], "Query"):
        selections.fields(one.below, "Product")
    return object()


def _operation(kept: Documents, text: str) -> Operation:
    document = kept.parse(text)
    kept.known.put(text, document, 0)
    return document.operation(None)


def _choices(operation: Operation) -> list[Any]:
    flags = product((True, False), repeat=4)
    return [operation.variables.read(dict(zip("abcd", each, strict=True)), 9, hide_suggestions=False) for each in flags]


def test_plans_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan weighs what it selects, not what its document has; dropped plans weigh nothing."""
    kept = Documents(CORE)
    operation = _operation(kept, _MANY)
    least = _PRODUCTS * _ALIASES * documents.BYTES_OF_FIELD
    for place, variables in enumerate(_choices(operation)):
        operation.plan(variables, _compiled)
        if place == 0:
            assert kept.known.bytes > least
    assert kept.known.bytes < documents.MAX_PLANS * 2 * least
    monkeypatch.setattr(kept.known, "_most_bytes", least)
    operation.plan(_choices(operation)[-1], _compiled)
    operation.plan(_choices(operation)[0], _compiled)
    assert (kept.known.get(_MANY), kept.known.bytes) == (None, 0)
