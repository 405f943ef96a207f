"""Lists of images: whatever is done to one, it is what a list in memory would be, and its blobs are in use."""

from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.domain import blobs, etags
from app.domain.blobs import blob
from app.domain.catalogue import image_lists, images, products
from app.domain.catalogue.image_lists import ImagePlacement, NewImage
from app.domain.catalogue.images import Image
from app.domain.catalogue.product_rows import insert_all
from app.domain.errors import Conflict, Invalid, NotFound, PreconditionFailed
from app.domain.unit_of_work import Database, Statement, Unit
from tests.catalogues import goods
from tests.conftest import Run

Shown = tuple[str, str]
"""An image of a list in memory: its content and its alternative text."""
_IDLE = Statement(select(blob.c.sha256).where(blob.c.idle_since.is_not(None)))
contents = st.sampled_from("abcde")
texts = st.sampled_from(["", "Front", "Back"])
places = st.integers(0, 5)
changes = st.lists(
    st.one_of(
        st.tuples(st.just("put"), contents),
        st.tuples(st.just("remove_first")),
        st.tuples(st.just("attach"), contents, texts),
        st.tuples(st.just("attach_all"), st.lists(st.tuples(contents, texts), max_size=3)),
        st.tuples(
            st.just("arrange"), st.lists(st.tuples(places, st.none() | texts), max_size=4, unique_by=lambda p: p[0])
        ),
        st.tuples(st.just("describe"), places, texts),
        st.tuples(st.just("remove"), places),
    ),
    max_size=6,
)


def image(content: str) -> Image:
    """An image of bytes that nobody has stored."""
    return Image(sha256(content.encode()).hexdigest(), "image/png", 3, 2, 9)


def without(listed: list[Shown], contents: list[str]) -> list[Shown]:
    """What is left of a list without the first image of each content."""
    left = list(listed)
    for content in contents:
        if known := next((one for one in left if one[0] == content), None):
            left.remove(known)
    return left


def expected(listed: list[Shown], change: tuple[Any, ...]) -> list[Shown] | None:
    """What a change makes of a list in memory; None: it is refused."""
    match change:
        case "put", content:
            return [(content, listed[0][1] if listed else ""), *listed[1:]]
        case ("remove_first",):
            return listed[1:] if listed else None
        case "attach", content, text:
            return [*listed, (content, text)]
        case "attach_all", attached:
            return [*attached, *without(listed, [content for content, _ in attached])]
        case "arrange", placed:
            if any(place >= len(listed) for place, _ in placed):
                return None
            return [(listed[place][0], listed[place][1] if text is None else text) for place, text in placed]
        case "describe", place, text:
            known = listed[place : place + 1]
            return [*listed[:place], (known[0][0], text), *listed[place + 1 :]] if known else None
        case "remove", place:
            return [*listed[:place], *listed[place + 1 :]] if place < len(listed) else None
    raise AssertionError(change)


async def make(unit: Unit, product_id: int, ids: list[int], change: tuple[Any, ...]) -> object:
    """Make a change of the stored list, whose images have these ids."""

    def identity(place: int) -> int:
        return ids[place] if place < len(ids) else 0

    match change:
        case "put", content:
            return await image_lists.put_first(unit, product_id, image(content), None)
        case ("remove_first",):
            return await image_lists.remove_first(unit, product_id, None)
        case "attach", content, text:
            return await image_lists.attach(unit, product_id, NewImage(image(content), text), None)
        case "attach_all", attached:
            return await image_lists.attach_all(
                unit, product_id, [NewImage(image(one), text) for one, text in attached]
            )
        case "arrange", placed:
            wanted = [ImagePlacement(identity(place), text) for place, text in placed]
            return await image_lists.reorder(unit, product_id, wanted, None)
        case "describe", place, text:
            return await image_lists.set_alt(unit, product_id, identity(place), text, None)
        case "remove", place:
            return await image_lists.remove(unit, product_id, identity(place), None)
    raise AssertionError(change)


async def stored(unit: Unit, product_id: int) -> tuple[list[images.Listed], str | None, int]:
    """The list, the copy of its first image, and the version of its product."""
    _, listed, first, version = await products.get(unit, product_id, ("images", "image", "version"))
    return images.read_list(listed), first, version


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=changes)
def test_as_in_memory(database: Database, run: Run[Any], changes: list[tuple[Any, ...]]) -> None:
    """After every change the list, its ids and its first image are right; it is an edit if and only if it changed."""

    async def work(unit: Unit) -> None:
        (product_id,) = await insert_all(unit, [goods("Lamp", 100)])
        for content in "abcde":
            await blobs.claim(unit, image(content).sha256)
        listed: list[Shown] = []
        for change in changes:
            before, _, version = await stored(unit, product_id)
            after = expected(listed, change)
            if after is None:
                with pytest.raises((NotFound, Invalid)):
                    await make(unit, product_id, [one.id for one in before], change)
            else:
                await make(unit, product_id, [one.id for one in before], change)
            now, first, newer = await stored(unit, product_id)
            listed = listed if after is None else after
            assert [(one.image, one.alt) for one in now] == [(image(content), alt) for content, alt in listed]
            assert (first and images.parse_first_image(first).image) == (now[0].image if now else None)
            assert newer == version + (now != before)
            assert len({one.id for one in now}) == len(now)
        idle = {row[0] for row in await unit.all(_IDLE)}
        assert not idle & {image(content).sha256 for content, _ in listed}
        await products.remove(unit, product_id, None)
        assert {image(content).sha256 for content, _ in listed} <= {row[0] for row in await unit.all(_IDLE)}

    run(database.write(work))


def test_bounds(database: Database, run: Run[Any]) -> None:
    """A list has at most 20 images; a tag of another version, or another product's image, changes nothing."""

    async def refused(unit: Unit, kind: type[Exception], change: Callable[[Unit], Awaitable[object]]) -> None:
        with pytest.raises(kind):
            async with unit.savepoint():
                await change(unit)

    async def work(unit: Unit) -> None:
        one, other = await insert_all(unit, [goods("Lamp", 100), goods("Torch", 100)])
        await blobs.claim(unit, image("a").sha256)
        for _ in range(20):
            await image_lists.attach(unit, one, NewImage(image("a")), None)
        await refused(unit, Conflict, lambda unit: image_lists.attach(unit, one, NewImage(image("a")), None))
        foreign = (await image_lists.attach(unit, other, NewImage(image("a")), None)).id
        before, _, version = await stored(unit, one)
        old = etags.tag(etags.state(version - 1, None))
        await refused(unit, NotFound, lambda unit: image_lists.remove(unit, one, foreign, None))
        await refused(unit, PreconditionFailed, lambda unit: image_lists.remove(unit, one, before[0].id, old))
        await refused(unit, NotFound, lambda unit: image_lists.remove(unit, 99, foreign, None))
        assert (await stored(unit, one))[0] == before

    run(database.write(work))


def test_lost(database: Database, run: Run[Any]) -> None:
    """Images whose bytes are lost leave the list, and the others move up."""

    async def work(unit: Unit) -> None:
        (product_id,) = await insert_all(unit, [goods("Lamp", 100)])
        for content in "aba":
            await blobs.claim(unit, image(content).sha256)
            await image_lists.attach(unit, product_id, NewImage(image(content), content), None)
        await image_lists.drop_lost(unit, product_id, image("a").sha256)
        listed, first, _ = await stored(unit, product_id)
        assert [one.alt for one in listed] == ["b"]
        assert first
        assert images.parse_first_image(first).image == image("b")

    run(database.write(work))
