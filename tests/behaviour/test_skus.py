"""A sku is an identifier: which spellings are the same one, over every surface, imports and both engines.

The rules: Unicode 15, section 3.13 (caseless matching), UAX 15 (canonical equivalence), UAX 44 (White_Space,
Default_Ignorable_Code_Point) for what is trimmed.
"""

import io
import json

import pytest

from app.bulk import import_runner
from app.bulk.import_files import read
from app.domain.bulk.imports import Report
from tests.behaviour.surfaces import Refused, Surface, surfaces
from tests.service import Service

pytestmark = pytest.mark.anyio

SAME = [
    ("TRIM-1", "TRIM-1 "),
    ("TRIM-2", " trim-2"),
    ("TRIM-3", "\u00a0TRIM-3\u00a0"),
    ("TRIM-4", "\u3000TRIM-4"),
    ("TRIM-5", "TRIM-5\u200b"),
    ("TRIM-6", "\ufeffTRIM-6"),
    ("TRIM-7", "TRIM-7\u2060"),
    ("TRIM-8", "\u202aTRIM-8\u202c"),
    ("TRIM-9", "TRIM-9\u2009"),
    ("abc", "ABC"),
    ("Größe-L", "GRÖSSE-L"),
    ("É1", "E\u03011"),
    ("ΣΑΣ-1", "σας-1"),
    ("Ж-12", "ж-12"),
    ("Ö9", "o\u03089"),
    ("Å-1", "\u212b-1"),
    ("ﬁx-1", "FIX-1"),
    ("A\u00adB-2", "AB-2"),
    ("ԾՌ-1", "ծռ-1"),
    ("ǅ-1", "ǆ-1"),
    ("가-1", "\u1100\u1161-1"),
    ("00117", " 00117 "),
    ("x y", "X  Y"),
]
DIFFERENT = [
    ("A-1", "A1"),
    ("A-2", "A_2"),
    ("00118", "118"),
    ("é-7", "e-7"),
    ("A/3", "A\\3"),
    ("O-0", "0-O"),
    ("か-1", "が-1"),
    ("x²", "x2"),
    ("１２", "12"),
    ("А-5", "A-5"),
    ("ک-1", "ك-1"),
    ("ê9", "ë9"),
    ("ñ-2", "n-2"),
    ("कि-3", "की-3"),
    ("า-4", "ำ-4"),
    ("ł-6", "l-6"),
    ("ø-8", "o-8"),
    ("ー10", "-10"),
    ("①", "1-1"),
    ("½", "1/2"),
    ("A.B", "AB."),
    ("#1", "#01"),
]
FOUND = [
    ("WH-1000XM4", "wh-1000xm4"),
    ("WH-1000XM4", "WH1000XM4"),
    ("WH-1000XM4", "wh-10"),
    ("WH-1000XM4", "wh1000"),
    ("WH-1000XM4", "wh 1000xm4"),
    ("4006381.333931", "4006381333931"),
    ("A/B/77", "ab77"),
    ("Größe_44", "grosse44"),
    ("ж-12-к", "Ж12К"),
    ("SKU#9 x", "sku9x"),
    ("NOR-0707-60", "nor070760"),
    ("NOR-0707-60", "nor07"),
    ("(10) 55", "1055"),
    ("é.ü-1", "eu1"),
    ("B:C;D", "bcd"),
    ("x'y\"z7", "xyz7"),
    ("Q&A-44", "qa44"),
    ("T~U^88", "tu88"),
    ("[K]9", "k9"),
    ("L=M+3", "LM3"),
]
BLANK = [
    "",
    *(chr(code) for code in (0x20, 0xA0, 0xAD, 0x34F, 0x1680, 0x180E, 0x2000, 0x2009, 0x200A, 0x200B, 0x200D, 0x200E)),
]
BLANK += ["\u2028 ", "\u202f", "\u2060", "\u3000\u2060", "\u3164", "\ufe0f", "\ufeff", "\U000e0001"]
"""White_Space and Default_Ignorable_Code_Point (Unicode 15, PropList and DerivedCoreProperties)."""


async def _import(service: Service, **members: object) -> Report:
    reports: list[Report] = []
    line = json.dumps({"name": "Lamp", "price": 2, **members}).encode()
    await import_runner.run(service.database, read(io.BytesIO(line)), lambda report, _: reports.append(report))
    return reports[0]


async def test_the_same(service: Service, surface: Surface) -> None:
    """A sku is found, taken and imported in each spelling that is the same, and shown as it was first written."""
    writing = surface if "sku" in surface.takes else surfaces(service)["v2"]
    for first, second in SAME:
        product = (await writing.create(name="Lamp", price=1, sku=first)).id
        assert (await surface.list(sku=second)).ids == [product], second
        with pytest.raises(Refused, match="conflict"):
            await writing.create(name="Lamp", price=1, sku=second)
        assert (await _import(service, sku=second)).updated == 1
        shown = (await writing.get(product)).members
        assert (shown["sku"], shown["price"]) == (first, 2)


async def test_different(service: Service, surface: Surface) -> None:
    """Punctuation, leading zeros and marks count: each of two such skus has a product of its own."""
    writing = surface if "sku" in surface.takes else surfaces(service)["v2"]
    for first, second in DIFFERENT:
        product = (await writing.create(name="Lamp", price=1, sku=first)).id
        assert (await surface.list(sku=second)).ids == []
        assert (await _import(service, sku=second)).created == 1
        assert (await surface.list(sku=first)).ids == [product]
        assert (await surface.list(sku=second)).ids not in ([], [product])


async def test_found(service: Service, surface: Surface) -> None:
    """A search finds a sku whole, by its beginning, and without its punctuation."""
    writing = surface if "sku" in surface.takes else surfaces(service)["v2"]
    made = {}
    for sku in dict.fromkeys(sku for sku, _ in FOUND):
        made[sku] = (await writing.create(name="Lamp", price=1, sku=sku)).id
    for sku, q in FOUND:
        assert (await surface.list(q=q)).ids == [made[sku]], q


async def test_blank(service: Service) -> None:
    """What is blank once it is trimmed is no sku, over REST, GraphQL and in imports."""
    for sku in BLANK:
        for name in ("v2", "graphql"):
            with pytest.raises(Refused, match="validation_failed"):
                await surfaces(service)[name].create(name="Lamp", price=1, sku=sku)
        assert len((await _import(service, sku=sku)).bad) == 1
