"""Column names of price lists in several languages, and their members."""

import re
from collections.abc import Sequence

from app.domain.unicode import text

_LISTS = {
    "sku": """sku|artikelnummer|artikelnr|art nr|bestellnummer|reference|codice articolo|referencia|item number|item no
    |product code|codice|code""",
    "name": """name|title|product name|item name|bezeichnung|artikelbezeichnung|artikelname|artikel|designation|nom
    |libelle|titolo|nome|descrizione breve|nombre|titulo""",
    "description": "description|beschreibung|descrizione|descripcion|descriptif",
    "price": "price|unit price|preis|einzelpreis|vk|prix|prix unitaire|prezzo|precio",
    "currency": "currency|wahrung|devise|monnaie|valuta|moneda",
    "stock": """stock|quantity|qty|units in stock|on hand|bestand|lagerbestand|quantite|giacenza|quantita
    |cantidad|existencias""",
    "categories": "categories|category|kategorie|kategorien|warengruppe|categorie|categoria|rubrique|reparto",
}
_MEANT = {
    name.strip(): (member, rank)
    for member, names in _LISTS.items()
    for rank, name in enumerate(names.replace("\n", "").split("|"))
}
"""The member of a name, and its rank: of two columns the lower rank wins."""
_BRACKETS = re.compile(r"\([^)]*\)|\[[^]]*\]")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


def guessed(names: Sequence[str], known: Sequence[str | None]) -> list[str | None]:
    """The members of the columns; a member without a known column is guessed from the names of other columns."""
    found = list(known)
    meant = [(*_MEANT.get(_plain(name), ("", 0)), index) for index, name in enumerate(names) if known[index] is None]
    for member, _, index in sorted(meant, key=lambda each: each[1]):
        if member and member not in found:
            found[index] = member
    return found


def _plain(name: str) -> str:
    """The words of a name, without accents and without text in brackets."""
    return " ".join(text.words(_HUMP.sub(" ", _BRACKETS.sub(" ", name))))
