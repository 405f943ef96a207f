"""Identity: when two names, slugs or skus are the same, on every engine.

A key is the canonical caseless form of a text (The Unicode Standard, D145) in NFC, without invisible characters
and with white space collapsed. Marks count: `Kuchen` and `Küchen` have different keys. Search folds further (`text`).
"""

import unicodedata
from functools import lru_cache

import regex

from app.domain.unicode.ascii_words import ascii_words

CONTROLS = regex.compile(r"\p{Cc}")
"""Control characters (category Cc): C0, DEL and C1."""

# A flag such as that of Wales is U+1F3F4 and invisible tags (UTS 51, section 3.1): there they tell flags apart.
_INVISIBLE = regex.compile(
    r"\U0001F3F4[\U000E0020-\U000E007E]+\U000E007F(*SKIP)(*FAIL)"
    r"|[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}--\p{White_Space}]",
    regex.V1,
)
_SPACES = regex.compile(r"\p{White_Space}+")
_AROUND = regex.compile(
    r"\A[\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cf}]+|[\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cf}]+\Z"
)
_WORDS = regex.compile(r"[\p{L}\p{N}][\p{L}\p{M}\p{N}]*")


def key(text: str) -> str:
    """The key of a name or a sku: equal for texts that are the same; empty where nothing of the text can be seen."""
    if text.isascii() and text.isprintable():
        return " ".join(text.lower().split()) if " " in text else text.lower()
    return _key(text)


@lru_cache(maxsize=4096)
def _key(text: str) -> str:
    seen = unicodedata.normalize("NFD", _INVISIBLE.sub("", text))
    return unicodedata.normalize("NFC", _SPACES.sub(" ", seen.casefold()).strip(" "))


def trim(text: str) -> str:
    """The text without white space and invisible characters around it."""
    if text.isascii():
        return text.strip()
    return _AROUND.sub("", text)


def slug(name: str) -> str:
    """The words of the name's key, with hyphens between them; empty where it has none."""
    if name.isascii() and name.isprintable():
        return "-".join(ascii_words(name))
    return "-".join(_WORDS.findall(key(name)))


def clean(text: str) -> str:
    """The text with each control character as a space; trimmed, unless nothing were left."""
    spaced = CONTROLS.sub(" ", text)
    return spaced.strip() or spaced
