"""Price lists whose columns have other names than ours."""

import pytest

from app.bulk.import_options import UnreadableFile
from tests.shop_files import read


@pytest.mark.parametrize(
    ("header", "mapping"),
    [
        ("Artikelnummer;Bezeichnung;Preis (€);Lagerbestand;Warengruppe", "sku name price stock categories"),
        ("Référence,Désignation,\tPrix unitaire,Quantité", "sku name price stock"),
        ("Codice,Titolo,Prezzo,Quantità,Categoria", "sku name price stock categories"),
        ("Item number\tProduct name\tUnitPrice\tUnitsInStock", "sku name price stock"),
        ("Code,SKU,Title,Name,Price", "- sku - name price"),
        ("sku,Title,Titolo,price", "sku name - price"),
    ],
)
def test_guesses(header: str, mapping: str) -> None:
    """Names in brackets, accents and case make no difference; our own names, and likelier ones, come first."""
    separator = max(";\t,", key=header.count)
    cells = separator.join(map(str, range(1, mapping.count(" ") + 2)))
    found = read(f"{header}\n{cells}\n", currency=None)
    names = {str(index): member for index, member in enumerate(mapping.split(), 1) if member != "-"}
    said = {str(cell if not isinstance(cell, list) else cell[0]): name for name, cell in found.only.items()}
    assert said == names


def test_what_is_taken_is_told() -> None:
    """A mapping goes before guesses, which are told; what is not understood names the likeliest column."""
    found = read("Artikel;Preis;Code\nTee;4,5;7\n", columns={"Artikel": "sku"}, currency=None)
    assert found.notes.taken == {"Preis": "price"}
    assert (found.only["sku"], found.notes.unused) == ("Tee", {"Code": 1})
    with pytest.raises(UnreadableFile, match="--map 'Artikel=sku'"):
        read("Kategorie,Artikel,Preis\nTee,Grün,5\n")
