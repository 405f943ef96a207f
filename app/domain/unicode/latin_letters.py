"""Latin letters without a decomposition, and the plain letters that people type for them.

The character's own name tells the letter: LATIN SMALL LETTER L WITH STROKE is an l, LATIN SMALL LIGATURE OE is oe.
That agrees with the Latin-ASCII transform of CLDR; letters whose name is a word are spelt out here as it does.
"""

import re
import unicodedata

import regex

_QUALIFIERS = (
    "BARRED BLACKLETTER BROKEN CAPITAL CLOSED DOTLESS INSULAR INVERTED LETTER LIGATURE LONG MIDDLE-WELSH OPEN REVERSED"
    " SCRIPT SIDEWAYS SMALL STIRRUP TAILED TURNED VISIGOTHIC VOLAPUK"
).replace(" ", "|")
_NAME = re.compile(rf"LATIN (?:(?:{_QUALIFIERS}) )+([A-Z]{{1,2}})(?: .*)?")
_SPELT = {
    "ALPHA": "a",
    "BETA": "b",
    "CHI": "x",
    "ENG": "n",
    "ESH": "s",
    "ETH": "d",
    "EZH": "z",
    "GAMMA": "g",
    "HENG": "h",
    "IOTA": "i",
    "KRA": "q",
    "LEZH": "l",
    "OMEGA": "o",
    "SCHWA": "e",
    "THORN": "th",
    "UPSILON": "u",
    "WYNN": "w",
    "YOGH": "y",
}
_WORD_NAME = re.compile(rf"LATIN (?:(?:{_QUALIFIERS}) )+({'|'.join(_SPELT)})(?: .*)?")
_BLOCKS = (
    range(0x80, 0x2B0),
    range(0x1D00, 0x1E00),
    range(0x1E90, 0x2000),
    range(0x2C60, 0x2C80),
    range(0xA720, 0xA800),
    range(0xAB30, 0xAB70),
)
_LETTER = regex.compile(r"[\p{Script=Latin}--\p{ASCII}]", regex.V1)


def _plain(letter: str) -> str | None:
    name = unicodedata.name(letter, "")
    if spelt := _WORD_NAME.fullmatch(name):
        return _SPELT[spelt[1]]
    plain = _NAME.fullmatch(name)
    return plain[1].lower() if plain else None


def _table() -> dict[str, str]:
    letters = (chr(code) for block in _BLOCKS for code in block)
    whole = (c for c in letters if _LETTER.fullmatch(c) and unicodedata.normalize("NFKD", c) == c == c.casefold())
    return {letter: plain for letter in whole if (plain := _plain(letter)) is not None}


PLAIN = str.maketrans(_table())
"""Lower-case Latin letters that do not decompose, by what is typed for them."""
