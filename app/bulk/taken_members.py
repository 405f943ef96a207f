"""The members of a line that an import uses; values of other members are counted."""

from collections import Counter
from collections.abc import Mapping

from app.bulk.import_options import MAX_NAMES
from app.domain.bulk import import_variants
from app.domain.fields.product_fields import IMPORTED

EMPTY: tuple[object, ...] = (None, "", [], {})
"""The empty values of members."""


def taken(members: Mapping[str, object], unused: Counter[str]) -> dict[str, object]:
    """The members of a line that are taken, those of its variants too."""
    if len(members.keys() - IMPORTED) + len(unused) <= MAX_NAMES:
        unused.update({name: members[name] not in EMPTY for name in members if name not in IMPORTED})
    found = {name: members[name] for name in IMPORTED if name in members}
    if "variants" in found:
        _count(found["variants"], unused)
        found["variants"] = import_variants.taken(found["variants"])
    return found


def _count(variants: object, unused: Counter[str]) -> None:
    for one in variants if isinstance(variants, list) else ():
        if isinstance(one, Mapping) and len(one) + len(unused) <= MAX_NAMES:
            others = one.keys() - import_variants.TAKEN
            unused.update({f"variants.{name}": one[name] not in EMPTY for name in others})
