"""Which names are the same, and which words find them, over every surface and both engines.

The rules: Unicode 15, section 3.13 (caseless matching) and UAX 15 (normalization) for identity; CLDR's Latin-ASCII
transform for letters that do not decompose; UAX 29 for pairs of grapheme clusters; the Unicode properties Script and
Default_Ignorable_Code_Point.
"""

import io
import json
from typing import Any

import pytest

from app.bulk import import_runner
from app.bulk.import_files import read
from tests.behaviour.surfaces import Refused, Surface
from tests.service import Service

pytestmark = pytest.mark.anyio

DIFFERENT = [
    ("Kuchen", "Küchen"),
    ("Polsko", "Pol'sko"),
    ("Ano", "Año"),
    ("pena", "peña"),
    ("Oğlu", "Oglu"),
    ("kasa", "kaša"),
    ("Lód", "Łód"),
    ("rose", "rosé"),
    ("cote", "côté"),
    ("sal", "sål"),
    ("йод", "иод"),
    ("мёд", "мед"),
    ("ката", "кăта"),
    ("हिन्दी", "हन्द"),
    ("कल", "कला"),
    ("ขา", "ขํา"),
    ("มา", "ม้า"),
    ("か", "が"),
    ("ハ", "パ"),
    ("שלום", "שָׁלוֹם"),
    ("كتب", "كُتُب"),
    ("νόμος", "νομος"),
    ("Straße 2", "Straße ²"),
    ("ক", "কা"),
    ("మన", "మనీ"),
    ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"),
]
SAME = [
    ("Küchen", "KÜCHEN"),
    ("Küchen", "Ku\u0308chen"),
    ("Straße", "STRASSE"),
    ("ΣΊΣΥΦΟΣ", "Σίσυφος"),
    ("Tea Pots", "Tea  Pots"),
    ("Tea Pots", "Tea\u00a0Pots"),
    ("Tea Pots", "tea\u3000pots"),
    ("Cafe", "Ca\u00adfe"),
    ("Box", "B\u200box"),
    ("Box", "\ufeffBox"),
    ("Box", "Box\u2060"),
    ("Box", "\u202aBox\u202c"),
    ("ﬁne", "Fine"),
    ("한국", "\u1112\u1161\u11ab\u1100\u116e\u11a8"),
    ("ДОМ", "дом"),
    ("Ångström", "A\u030angstro\u0308m"),
    ("ծիրան", "ԾԻՐԱՆ"),
    ("☕\ufe0f", "☕"),
    ("ẞ", "ß"),
    ("ǅ", "ǆ"),
    ("ﾊﾟ x", "ﾊﾟ  X"),
]
FOUND = [
    ("Łopata", "lopata"),
    ("Smørrebrød", "SMORREBROD"),
    ("điện thoại", "dien thoai"),
    ("œuvre", "oeuvre"),
    ("Þór", "thor"),
    ("Ħobż", "hobz"),
    ("Ísland ðe", "de"),
    ("Æble", "aeble"),
    ("Straße", "strasse"),
    ("IĞDIR ılık", "ilik"),
    ("Čaša", "casa"),
    ("Ŧulo", "tulo"),
    ("Ŋalgi", "nalgi"),
    ("Əziz", "eziz"),
    ("Ɓagu", "bagu"),
    ("Ƙasa", "kasa"),
    ("Ɗan", "dan"),
    ("Ɛwɔ", "ewo"),
    ("Ǥuolli", "guolli"),
    ("lopata", "ŁOPATA"),
    ("thor", "þór"),
    ("Ștefan", "stefan"),
    ("Ēst", "est"),
    ("Český", "cesky"),
    ("Мёд", "мед"),
    ("Ή Αθήνα", "αθηνα"),
    ("ᾠδή", "ωδη"),
    ("كِتَاب", "كتاب"),
    ("كتــاب", "كتاب"),
    ("שָׁלוֹם", "שלום"),
    ("２５６", "256"),
    ("傭兵と小説家", "小説"),
    ("傭兵と小説家", "兵と小説"),
    ("傭兵と小説家", "家"),
    ("無線耳機", "耳機"),
    ("カタカナ", "タカ"),
    ("น้ำปลา", "ปลา"),
    ("น้ำปลา", "น้ำ"),
    ("हिन्दी किताब", "किताब"),
    ("USB充電器", "充電"),
    ("ｶﾞﾗｽ", "ガラス"),
    ("ខ្មែរ", "ខ្មែរ"),
    ("ພາສາລາວ", "ລາວ"),
    ("မြန်မာ", "မာ"),
    ("가방", "가"),
    ("Hawaiʻi", "hawaii"),
]
NOT_FOUND = [
    ("बाल कला", "कलि"),
    ("か", "が"),
    ("ハン", "バン"),
    ("Tea", "&&"),
    ("Tea", "☕"),
    ("Tea", "%"),
    ("Tea", "_"),
    ("Tea", "* OR"),
    ("Tea", "\u200b"),
    ("Tea", "'"),
    ("Tea", "-"),
    ("Tea", "…"),
    ("Tea", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"),
    ("Tea", "¿?"),
    ("Tea", '"'),
    ("Tea", " "),
    ("傭兵と小説家", "説小"),
    ("傭兵", "傭家"),
    ("น้ำปลา", "ปา"),
    ("ক", "কা x"),
]
CONTROLS = [chr(code) for code in (*range(1, 0x20), *range(0x7F, 0xA0))]
"""The characters of the category Cc (Unicode 15, table 4-4) without NUL, which no text of ours may have."""
SAME_EDITS: list[dict[str, Any]] = [
    {},
    {"name": "Tea"},
    {"name": " Tea "},
    {"name": "\u3000Tea\u00a0"},
    {"price": 3},
    {"price": 3.0},
    {"price": 3.00, "name": "Tea"},
    {"categoryIds": []},
    {"currency": "USD"},
    {"currency": None},
    {"description": ""},
    {"description": None},
    {"sku": None},
    {"stock": None},
    {"stock": None, "sku": None},
    {"name": "Tea", "description": "", "price": 3},
    {"brand": None},
    {"tags": []},
    {"tags": None},
    {"attributes": None},
    {"price": 3, "currency": "USD", "categoryIds": []},
]


async def test_names_that_differ(surface: Surface) -> None:
    """Siblings may differ by a mark alone, and each has a slug of its own, whose marks stay."""
    for first, second in DIFFERENT:
        made = [await surface.create_category(name=name) for name in (first, second)]
        slugs = [each.members["slug"] for each in made]
        assert slugs[0] != slugs[1]
    slug = (await surface.create_category(name="हिन्दी किताब")).members["slug"]
    assert slug == "हिन्दी-किताब"


async def test_names_that_are_the_same(surface: Surface) -> None:
    """A sibling's name is taken in every spelling that is the same."""
    for number, (first, second) in enumerate(SAME):
        parent = (await surface.create_category(name=f"Parent {number}")).id
        await surface.create_category(name=first, parentId=parent)
        with pytest.raises(Refused, match="conflict"):
            await surface.create_category(name=second, parentId=parent)


async def test_words_that_find(surface: Surface) -> None:
    """A name is found by what people type for it, among products and categories."""
    for name, q in FOUND:
        product = (await surface.create(name=name, price=1)).id
        assert product in (await surface.list(q=q, size=100)).ids, (name, q)
    for name in dict.fromkeys(name for name, _ in FOUND):
        category = (await surface.create_category(name=name)).id
        for q in (q for its, q in FOUND if its == name):
            assert category in (await surface.list_categories(q=q, size=100)).ids, (name, q)


async def test_words_that_do_not(surface: Surface) -> None:
    """A mark that makes another letter counts, and a search without any word finds nothing; an empty one is none."""
    for name, q in NOT_FOUND:
        product = (await surface.create(name=name, price=1)).id
        assert product not in (await surface.list(q=q, size=100)).ids, (name, q)
    await surface.create_category(name="Tea")
    assert (await surface.list_categories(q="&&")).ids == []
    assert len((await surface.list(q="", size=100)).ids) == len(NOT_FOUND)


async def test_control_characters(surface: Surface) -> None:
    """A name has no control characters; nor is it made of what cannot be seen."""
    for name in [*(f"Bell{control}pull" for control in CONTROLS), "\u200b", "\u2060\ufeff"]:
        with pytest.raises(Refused, match="validation_failed"):
            await surface.create(name=name, price=1)
        with pytest.raises(Refused, match="validation_failed"):
            await surface.create_category(name=name)


async def test_edits_that_change_nothing(surface: Surface) -> None:
    """An edit that changes nothing leaves the tag, so that other readers' conditions hold."""
    product, category = await surface.create(name="Tea", price=3), await surface.create_category(name="Tea")
    for edit in SAME_EDITS:
        if edit.keys() <= surface.takes:
            assert (await surface.update(product.id, **edit)).etag == product.etag, edit
    for edit in ({}, {"name": "Tea"}, {"parentId": None}, {"name": "Tea", "parentId": None}):
        assert (await surface.update_category(category.id, **edit)).etag == category.etag
    assert (await surface.update(product.id, name="TEA")).etag != product.etag


async def test_paths_of_imports(service: Service) -> None:
    """In an import, names that differ are two categories, and spellings of the same name are one."""
    for number, (pairs, count) in enumerate(((DIFFERENT, 2), (SAME, 1))):
        for place, pair in enumerate(pairs):
            paths = [f"Root {number}.{place} > {name}" for name in pair]
            lines = [
                {"sku": f"{number}.{place}.{side}", "name": "Tea", "price": 1, "categories": [path]}
                for side, path in enumerate(paths)
            ]
            file = io.BytesIO("\n".join(map(json.dumps, lines)).encode())
            await import_runner.run(service.database, read(file), lambda *_: None)
            roots = (await service.send("GET", "/v2/categories?parentId=root&sort=-id&limit=1")).json()["items"]
            found = (await service.send("GET", f"/v2/categories?parentId={roots[0]['id']}")).json()["items"]
            assert len(found) == count, pair
