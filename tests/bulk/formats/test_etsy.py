"""Etsy's downloads: columns by place, whatever the language of their names is."""

from decimal import Decimal

import pytest

from tests.shop_files import read

ITALIAN = (
    "TITOLO,DESCRIZIONE,PREZZO,CURRENCY_CODE,QUANTITÀ,TAG,MATERIALI,"
    + ",".join(f"IMMAGINE{number}" for number in range(1, 11))
    + ",TIPO VARIANTE 1,NOME VARIANTE 1,VALORI VARIANTE 1,TIPO VARIANTE 2,NOME VARIANTE 2,VALORI VARIANTE 2{},SKU\n"
)
IMAGES = "https://images.example/1.jpg,https://images.example/2.jpg" + "," * 8


def test_listings() -> None:
    """A listing is a product; without options it has its own stock."""
    found = read(ITALIAN.format("") + f'Vaso,"Uno.\n\nDue.",38,EUR,3,"clay,red","Clay,Glaze",{IMAGES},,,,,,,V-1\n')
    assert found.only == {
        "name": "Vaso",
        "description": "Uno.\n\nDue.",
        "tags": ["clay", "red"],
        "attributes": {"Materials": ["Clay", "Glaze"]},
        "images": [{"url": f"https://images.example/{number}.jpg", "alt": ""} for number in (1, 2)],
        "sku": "V-1",
        "price": Decimal("38.00"),
        "currency": "EUR",
        "stock": 3,
    }


@pytest.mark.parametrize(
    ("third", "cells", "skus", "values"),
    [
        ("", 'Wood,Legno,"Noce,Acero",,,,"A,B"', ["A", "B"], [["Noce"], ["Acero"]]),
        ("", 'Wood,Legno,"Noce,Acero",,,,A', ["vaso-rosso:Noce", "vaso-rosso:Acero"], [["Noce"], ["Acero"]]),
        ("", 'Wood,Legno,"Noce,Acero",,,,', ["vaso-rosso:Noce", "vaso-rosso:Acero"], [["Noce"], ["Acero"]]),
        ("", 'a,A,1,b,B,"x,y","S,T"', ["S", "T"], [["1", "x"], ["1", "y"]]),
        (",T,N,V", 'a,A,1,b,B,"x,y",c,C,k,"S,T"', ["S", "T"], [["1", "x", "k"], ["1", "y", "k"]]),
    ],
)
def test_variants(third: str, cells: str, skus: list[str], values: list[list[str]]) -> None:
    """Each choice of options is a variant at the price of the listing; its stock is not in the file."""
    found = read(ITALIAN.format(third) + f"Vaso rosso,,38,EUR,3,,,{IMAGES},{cells}\n")
    variants = found.only["variants"]
    assert [each["sku"] for each in variants] == skus
    assert [list(each["options"].values()) for each in variants] == values
    assert {each["price"] for each in variants} == {38}
    assert not any("stock" in each for each in variants)
    assert found.summary.not_held == {"stocks that variants share": 1}


def test_too_many_variants() -> None:
    """A listing with more variants than a product can have is a product without options."""
    values = '"' + ",".join(map(str, range(70))) + '"'
    found = read(ITALIAN.format("") + f"Vaso,,38,EUR,3,,,{IMAGES},a,A,{values},b,B,{values},\n")
    assert (found.only["sku"], found.only["stock"]) == ("vaso", 3)
    assert found.summary.not_held == {"variants of listings with more than 250": 4900}
