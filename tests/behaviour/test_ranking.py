"""Random searches by relevance, against loops over the products of the seed."""

import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path

import pytest

from app.domain.pagination import cursors
from app.domain.search import relevance, spelling
from tests.behaviour.ranking import Ranking, entry
from tests.behaviour.surfaces import Refused, Surface, surfaces
from tests.behaviour.test_walks import backward, forward, ids_of
from tests.service import Service

SEED = Path(__file__).parents[2] / "seed" / "catalogue.ndjson"


@pytest.fixture(scope="module")
async def seeded(shared_service: Service) -> tuple[Service, Ranking]:
    """A service with the products of the seed, and the same in plain Python."""
    lines = [json.loads(line) for line in SEED.read_text().splitlines()]
    ids = []
    for line in lines:
        product = {name: value for name, value in line.items() if name != "categories"}
        ids.append((await shared_service.send("POST", "/v2/products", product)).json()["id"])
    return shared_service, Ranking(map(entry, ids, lines))


def questions(ranking: Ranking, count: int, seed: int) -> Iterator[str]:
    """Random searches: words of some product, whole or begun, joined, split, or of two products; skus."""
    rng = random.Random(seed)
    for _ in range(count):
        one, other = rng.choice(ranking.entries), rng.choice(ranking.entries)
        pool = sorted(one.plain if rng.random() < 0.8 else one.plain | other.plain)
        sample = rng.sample(pool, k=rng.choice([1, 1, 2, 2, 3, min(len(pool), 12)]))
        words = [word if rng.random() < 0.5 else word[: rng.randint(1, len(word))] for word in sample]
        sku = one.sku or ""
        ways = [" ".join(words), " ".join(words), "-".join(words), "".join(words[:2]), sku, sku.replace("-", "")]
        yield rng.choice(ways).upper()


def misspelled(word: str, rng: random.Random) -> str:
    """A word with one edit."""
    n = rng.randrange(len(word))
    letter = rng.choice("aeiou")
    ways = [word[:n] + word[n + 1 :], word[:n] + letter + word[n:], word[:n] + letter + word[n + 1 :]]
    return rng.choice([*ways, word[:n] + word[n : n + 2][::-1] + word[n + 2 :]])


async def walked(every: Sequence[Surface], q: str, size: int) -> tuple[list[int], list[int]]:
    """All ids forward and backward, each page from the next surface; what v1 does not correct is left to the others."""
    there = await forward(cycle(every), q=q, sort="relevance", size=size)
    back = await backward(cycle(every), there[-1], q=q, sort="relevance", size=size)
    return ids_of(there), ids_of(back)


@pytest.mark.slow
async def test_searches(seeded: tuple[Service, Ranking]) -> None:
    """300 random searches give what loops give, in their order, both ways, over every surface in turn."""
    service, ranking = seeded
    every = list(surfaces(service).values())
    found = 0
    for q in questions(ranking, 300, seed=20):
        expected = ranking.ranked(q)
        if expected or ranking.corrected(q) is None:
            there, back = await walked(every, q, 7)
            assert there == back == expected, q
        found += bool(expected)
    assert found > 200


@pytest.mark.slow
async def test_common_words(seeded: tuple[Service, Ranking], monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of common words, whose best products are looked for by themselves, are those of all other searches."""
    monkeypatch.setattr(relevance, "HEAD_FROM", 0)
    service, ranking = seeded
    every = list(surfaces(service).values())
    names = [sorted(one.fields["name"]) for one in ranking.entries]
    common = Counter(word for words in names for word in words).most_common(30)
    searches = [word for word, _ in common] + [" ".join(words[:2]) for words in names[:30]]
    full = 0
    for q in searches:
        expected = ranking.ranked(q)
        there, back = await walked(every, q, 2)
        assert there == back == expected, q
        full += len(expected) > 4
    assert full > 10


@pytest.mark.slow
async def test_corrections(seeded: tuple[Service, Ranking], surface_name: str) -> None:
    """200 searches with misspelled words are corrected as loops correct them, and find what the right ones find."""
    service, ranking = seeded
    surface = surfaces(service)[surface_name]
    rng = random.Random(4)
    changed = 0
    for q in questions(ranking, 200, seed=4):
        wrong = " ".join(misspelled(word, rng) if rng.random() < 0.7 else word for word in q.split(" ") if word)
        corrected = None if surface_name == "v1" else ranking.corrected(wrong)
        page = await surface.list(q=wrong, sort="relevance", size=100)
        assert (page.corrected, page.ids) == (corrected, ranking.ranked(corrected or wrong)[:100]), wrong
        changed += corrected is not None
    assert changed > 30 or surface_name == "v1"


async def test_what_ranks(surface: Surface, service: Service) -> None:
    """A sku comes first, then the name before the description, whole words before beginnings, rare before common."""
    for name, description, sku in (
        ("Oak kettle", "", None),
        ("Oak bench", "Beside a kettle", None),
        ("Kettlebell", "", None),
        ("Stool", "For a kettle", None),
        ("Board", "Not for kettles", None),
        ("Trivet", "", "Kettle"),
        *((f"Oak {n}", "", None) for n in range(8)),
    ):
        await service.send("POST", "/v2/products", {"name": name, "price": 1, "description": description, "sku": sku})
    names = ["Trivet", "Oak kettle", "Kettlebell", "Oak bench", "Stool", "Board"]
    shown = await surface.list(q="kettle", sort="relevance")
    assert [(await surface.get(i)).members["name"] for i in shown.ids] == names
    both = await surface.list(q="oak kettle", sort="relevance")
    assert [(await surface.get(i)).members["name"] for i in both.ids] == ["Oak kettle", "Oak bench"]


async def test_gtin(surface: Surface, surface_name: str, service: Service) -> None:
    """A gtin is found, and comes first, whichever variant has it; a part of one is not found."""
    first, other = "4006381333931", "4006381333948"
    for members in (
        {"name": "Listed: 4006381333931, 4006381333948"},
        {"name": "Pen", "gtin": first},
        {
            "name": "Pencil",
            "options": [{"name": "Size", "values": ["S", "M"]}],
            "variants": [{"options": {"Size": "S"}, "price": 1}, {"options": {"Size": "M"}, "price": 1, "gtin": other}],
        },
        {"name": "Draft", "gtin": first, "status": "draft"},
    ):
        made = await service.send("POST", "/v2/products", {"price": 1, **members})
        assert made.status_code == 201, made.text
    for q, expected in ((first, [2, 1]), (f" {other} ", [3, 1]), (first[:8], [1])):
        page = await surface.list(q=q, sort="relevance", total=True)
        assert (page.ids, page.total) == (expected, len(expected)), (surface_name, q)
        assert (await surface.list(q=q)).ids == sorted(expected)


async def test_written_beside(surface: Surface, service: Service) -> None:
    """A list goes on by the weights that it began with, though one word becomes common meanwhile."""
    for name, description in [("Oak", "pine"), ("Pine", "oak")] * 4 + [("Oak", "")] * 40:
        await service.send("POST", "/v2/products", {"name": name, "price": 1, "description": description})
    expected = (await surface.list(q="oak pine", sort="relevance")).ids
    page = await surface.list(q="oak pine", sort="relevance", size=3)
    found = [*page.ids]
    for _ in range(70):
        await service.send("POST", "/v2/products", {"name": "Pine", "price": 1})
    assert (await surface.list(q="oak pine", sort="relevance")).ids != expected
    while page.next:
        page = await surface.list(q="oak pine", sort="relevance", size=3, after=page.next)
        found += page.ids
    assert found == expected


async def test_too_broad(surface: Surface, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Words that too many products begin with are refused by relevance alone, whole words of theirs are not."""
    for n in range(5):
        await service.send("POST", "/v2/products", {"name": f"Kettle {n}", "price": 1})
    await service.send("POST", "/v2/products", {"name": "Kettledrum", "price": 1})
    monkeypatch.setattr(relevance, "MAX_PRODUCTS", 5)
    monkeypatch.setattr(relevance, "MAX_PRODUCTS_OF_SEVERAL", 4)
    monkeypatch.setattr(relevance, "BROAD_FROM", 0)
    monkeypatch.setattr(relevance, "HEAD_FROM", 1)
    for q in ("ket", "k", "kettl k"):
        with pytest.raises(Refused, match="query_too_complex"):
            await surface.list(q=q, sort="relevance")
        assert len((await surface.list(q=q)).ids) == 6
    for q, found in (("kettle", 6), ("kettled", 1), ("kettl 3", 1)):
        assert len((await surface.list(q=q, sort="relevance")).ids) == found


async def test_without_a_search(surface: Surface) -> None:
    """There is no relevance to nothing, but there is to words that nothing has."""
    for q in (None, ""):
        with pytest.raises(Refused, match="validation_failed"):
            await surface.list(sort="relevance", q=q)
    assert (await surface.list(sort="relevance", q="!?")).ids == []
    assert (await surface.list(sort="-relevance", q="kettle")).ids == []


async def test_corrected_only_if_asked(surface: Surface, surface_name: str, service: Service) -> None:
    """A search by id corrects nothing unless it is asked to, one by relevance unless it is asked not to."""
    await service.send("POST", "/v2/products", {"name": "Copper kettle", "price": 1, "sku": "KETTLO"})
    if surface_name == "v1":
        with pytest.raises(Refused, match="unknown_parameter"):
            await surface.list(q="kettel", typos="auto")
        assert (await surface.list(q="kettel", sort="relevance")).ids == []
        return
    for sort, typos, corrected in [
        ("id", None, False),
        ("id", "auto", True),
        ("relevance", None, True),
        ("relevance", "off", False),
    ]:
        asked = {"sort": sort} | ({} if typos is None else {"typos": typos})
        page = await surface.list(q="Coper, KETTEL!", **asked)
        assert (page.corrected, len(page.ids)) == (("copper, kettle!", 1) if corrected else (None, 0))
        assert (await surface.list(q="kettlo", **asked)).corrected is None, "a sku is no mistake"
        assert (await surface.list(q="coppre", **asked)).corrected == ("copper" if corrected else None)
    for q in ("kett", "cop", "copperr5", "cpr", "kttl kettle"):
        assert (await surface.list(q=q, sort="relevance")).corrected is None


async def test_corrected_beside_a_draft(surface: Surface, surface_name: str, service: Service) -> None:
    """A word that only a draft has is corrected for whoever does not ask for drafts, and is right for who does."""
    if surface_name == "v1":
        return
    await service.send("POST", "/v2/products", {"name": "Copper kettle", "price": 1})
    await service.send("POST", "/v2/products", {"name": "Kettel", "price": 1, "status": "draft"})
    page = await surface.list(q="kettel", sort="relevance")
    assert (page.corrected, page.ids) == ("kettle", [1])
    page = await surface.list(q="kettel", sort="relevance", status=["any"])
    assert (page.corrected, page.ids) == (None, [2])


async def test_corrected_while_others_write(surface: Surface, surface_name: str, service: Service) -> None:
    """The pages of a corrected search are those of the same words, even if a product now has the mistaken one."""
    if surface_name == "v1":
        return
    for name in ("Copper kettle", "Iron kettle", "Kettle"):
        await service.send("POST", "/v2/products", {"name": name, "price": 1})
    asked = {"q": "kettel", "sort": "relevance"}
    whole = await surface.list(**asked)
    begin = await surface.list(size=1, **asked)
    await service.send("POST", "/v2/products", {"name": "Kettel", "price": 1})
    rest = await surface.list(after=begin.next, **asked)
    assert (rest.corrected, begin.ids + rest.ids) == ("kettle", whole.ids)
    back = await surface.list(before=rest.previous, **asked)
    assert (back.corrected, back.ids) == ("kettle", begin.ids)
    assert (await surface.list(**asked)).corrected is None


@pytest.mark.parametrize("corrected", ["!", "k" * 501, "\0"])
async def test_forged_corrections(surface: Surface, surface_name: str, service: Service, corrected: str) -> None:
    """A cursor with a corrected search that none of ours has is refused."""
    if surface_name == "v1":
        return
    for name in ("Copper kettle", "Iron kettle"):
        await service.send("POST", "/v2/products", {"name": name, "price": 1})
    asked = {"q": "kettel", "sort": "relevance"}
    cursor = (await surface.list(size=1, **asked)).next
    assert cursor
    parts = cursors.unpack(cursor)
    parts[2] = cursors.with_correction(cursors.fingerprint_of(cursor), corrected)
    with pytest.raises(Refused, match="invalid_cursor"):
        await surface.list(after=cursors.pack("|".join(parts)), **asked)


async def test_few_spellings(
    surface: Surface, surface_name: str, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A search looks for so many spellings: its first words are corrected, those with too many letters are not."""
    if surface_name == "v1":
        return
    letters = "".join(chr(0x17000 + 256 * n) for n in range(24))
    for name in ("Copper kettle", letters):
        await service.send("POST", "/v2/products", {"name": name, "price": 1})
    made = 0
    one_edit_away = spelling.one_edit_away

    def counted(one: str, letters: frozenset[str]) -> set[str]:
        nonlocal made
        spellings = one_edit_away(one, letters)
        made += len(spellings)
        return spellings

    monkeypatch.setattr(spelling, "one_edit_away", counted)
    page = await surface.list(q=" ".join(letters[n:] + letters[:n] for n in range(1, 8)), sort="relevance")
    assert (page.corrected, page.ids, made) == (None, [], 0)
    monkeypatch.setattr(spelling, "MAX_SPELLINGS", 600)
    page = await surface.list(q="coper kettel", sort="relevance")
    assert page.corrected == "copper kettel"
    assert 0 < made <= 600
