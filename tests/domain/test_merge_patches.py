"""Merge patches of attributes and weights are those of RFC 7396."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import commands
from app.domain.bulk import batches
from app.domain.catalogue import product_edits, variant_writing
from app.domain.errors import Code, FieldError, Invalid
from app.domain.fields import attributes, variant_members
from app.domain.fields.drafts import Draft
from app.domain.idempotency import Command
from app.http import bodies

_NAMES = st.sampled_from("abcdef")
_TEXTS = st.text("xyzü", min_size=1, max_size=3)
_FRACTIONS = st.floats(-9, 9).map(lambda number: round(number, 3))
_OBJECTS = st.dictionaries(
    _NAMES, st.booleans() | st.integers(-9, 9) | _FRACTIONS | _TEXTS | st.lists(_TEXTS, max_size=3)
)
_WEIGHTS = st.fixed_dictionaries({"value": st.integers(0, 9), "unit": st.sampled_from(["g", "kg"])})
_STORED = st.fixed_dictionaries({"attributes": _OBJECTS, "weight": st.none() | _WEIGHTS})
_PATCHES = st.fixed_dictionaries(
    {},
    optional={
        "attributes": st.none() | st.dictionaries(_NAMES, st.none() | st.integers(-9, 9) | st.lists(st.just("x"))),
        "weight": st.none()
        | st.fixed_dictionaries({}, optional={"value": st.integers(0, 9), "unit": st.sampled_from(["g", "kg"])}),
    },
)


def reference(target: Any, patch: Any) -> Any:
    """MergePatch of RFC 7396, section 2."""
    if not isinstance(patch, dict):
        return patch
    merged = {**target} if isinstance(target, dict) else {}
    for name, value in patch.items():
        merged[name] = None if value is None else reference(merged.get(name), value)
    return {name: value for name, value in merged.items() if value is not None}


def product(**members: Any) -> Draft:
    """A product of a body."""
    return product_edits.apply(product_edits.parse(_sent({"name": "Kettle", "price": 1, **members})))


def patched(draft: Draft, **members: Any) -> Draft:
    """The product after a merge patch."""
    return product_edits.revise(draft, product_edits.parse(_sent(members), patch=True, merge=True))


def _sent(members: dict[str, Any]) -> dict[str, Any]:
    sent: dict[str, Any] = bodies.parse(msgspec.json.encode(members))
    return sent


def shown(draft: Draft) -> dict[str, Any]:
    """The members that are merged."""
    return {
        "attributes": msgspec.json.decode(draft.attributes),
        "weight": msgspec.json.decode(draft.first.weight or "null"),
    }


def faults(draft: Draft, **members: Any) -> list[FieldError]:
    """Why a merge patch is refused."""
    with pytest.raises(Invalid) as refused:
        patched(draft, **members)
    return list(refused.value.field_errors)


@pytest.mark.parametrize(
    ("original", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"b": "c"}, {"b": "d", "c": None}, {"b": "d"}),
        ({"a": ["b"]}, {"a": ["c"]}, {"a": ["c"]}),
        ({"a": "foo"}, None, {}),
        ({}, {"bb": None}, {}),
        ({"a": "b"}, {}, {"a": "b"}),
    ],
)
def test_examples_of_the_rfc(original: Any, patch: Any, result: Any) -> None:
    """The cases of appendix A, as far as attributes have such values: none is null, an object, or below one."""
    assert shown(patched(product(attributes=original), attributes=patch))["attributes"] == result


@pytest.mark.parametrize("patch", [["c"], "bar", 1, {"a": {"b": "c"}}, {"a": [1]}])
def test_attributes_have_no_such_values(patch: Any) -> None:
    """The other cases of appendix A are refused, since no product has their results."""
    assert {fault.code for fault in faults(product(attributes={"a": "b"}), attributes=patch)} == {
        Code.VALIDATION_FAILED
    }


@settings(derandomize=True, deadline=None, max_examples=500)
@given(_STORED, _PATCHES)
def test_random_patches(stored: dict[str, Any], patch: dict[str, Any]) -> None:
    """Members stand as the RFC's own function leaves them, in their order; a result without sense is refused."""
    before = product(**stored)
    expected = reference(shown(before), patch)
    weight = expected.get("weight")
    if weight is not None and len(weight) < 2:
        missing = {("weight", name) for name in {"value", "unit"} - weight.keys()}
        assert {fault.field for fault in faults(before, **patch)} == missing
        return
    after = patched(before, **patch)
    assert shown(after) == {"attributes": {}, "weight": None} | expected
    assert list(shown(after)["attributes"]) == list(expected.get("attributes", {}))
    assert patched(after, **patch) == after
    assert patched(before, attributes={}, weight=stored["weight"]) == before


def test_names() -> None:
    """A name is a stored one if the catalogue takes them for the same: it keeps its place and is spelled anew."""
    before = product(attributes={"Color": "red", "Size": "L", "Straße": "a"})
    after = patched(before, attributes={" color ": "blue", "STRASSE": None, "New": 1})
    assert list(shown(after)["attributes"].items()) == [("color", "blue"), ("Size", "L"), ("New", 1)]
    (fault,) = faults(before, attributes={"size": None, "Size": "M"})
    assert fault.field == ("attributes", "Size")


def test_bounds_are_those_of_the_result() -> None:
    """A patch may remove all attributes and add as many; the result has no more attributes and characters than ever."""
    full = product(attributes={f"a{n}": n for n in range(attributes.MAX_ATTRIBUTES)})
    others = {f"b{n}": n for n in range(attributes.MAX_ATTRIBUTES)}
    gone = dict.fromkeys(shown(full)["attributes"])
    assert shown(patched(full, attributes=gone | others))["attributes"] == others
    long = product(attributes={f"a{n}": "x" * attributes.MAX_TEXT for n in range(19)})
    for before, patch in ((full, {"b": 1}), (long, {"b": "x" * 953}), (full, gone | others | {"c": None})):
        (fault,) = faults(before, attributes=patch)
        assert (fault.field, fault.code) == (("attributes",), Code.VALIDATION_FAILED)
    for last in ({"b": "x" * 952}, {"b": "x" * 953, "a0": None}):
        assert shown(patched(long, attributes=last))["attributes"]["b"] == last["b"]


def _change(body: bytes) -> Command:
    return commands.change_product(7, product_edits.parse(bodies.parse(body), patch=True, merge=True), None)


def _update(body: bytes) -> Command:
    operation = {"op": "update", "id": 7, "product": bodies.parse(body)}
    return commands.run_batch(batches.parse({"mode": "each", "operations": [operation]}, merge=True))


def _vary(body: bytes) -> Command:
    return variant_writing.change_variant(7, variant_members.read_variant(bodies.parse(body), patch=True), None)


_WEIGHED = b'"weight": {"unit": "kg", "value": 0.50}'
_TOLD = b'"attributes": {"Volume": 1.70, "Seats": 4, " Made": "here", "Hues": ["red"], "Cordless": true}'


@pytest.mark.parametrize(
    ("command", "body", "fingerprint"),
    [
        (_change, b"{%b, %b}" % (_TOLD, _WEIGHED), "2:f3f9cd7681a08964e702e17452389d2d"),
        (_update, b"{%b, %b}" % (_TOLD, _WEIGHED), "2:914af31008a81831d5cc639f87961a93"),
        (_vary, b'{%b, "options": {"Size": "M"}}' % _WEIGHED, "2:0674a56aa676ff779ed49c4e169387c2"),
    ],
)
def test_fingerprints_of_replaced_objects(command: Any, body: bytes, fingerprint: str) -> None:
    """A body that was sent when objects were replaced has the same fingerprint: its retry replays its outcome."""
    assert command(body).is_of(fingerprint)
    assert not command(body.replace(b"kg", b"g")).is_of(fingerprint)
