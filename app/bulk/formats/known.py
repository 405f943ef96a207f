"""The formats, recognised by their headers; some are recognised only to be refused."""

from collections.abc import Sequence

from app.bulk.formats.etsy import ETSY
from app.bulk.formats.format import Format, folded
from app.bulk.formats.google import GOOGLE
from app.bulk.formats.magento import MAGENTO
from app.bulk.formats.prestashop import PRESTASHOP
from app.bulk.formats.shopify import SHOPIFY
from app.bulk.formats.woocommerce import WOOCOMMERCE
from app.bulk.import_options import UnreadableFile

FORMATS = {each.name: each for each in (SHOPIFY, WOOCOMMERCE, GOOGLE, MAGENTO, PRESTASHOP, ETSY)}
_AKENEO = {"categories", "enabled", "family"}


def format_of(header: Sequence[str], name: str) -> Format | None:
    """The format of a header: the named one, or for `auto` the recognised one; `None` for our own format.

    Raises `UnreadableFile` if the header is not that of the wanted format, or of one that is refused.
    """
    if name in FORMATS:
        if FORMATS[name].columns(header) is None:
            raise UnreadableFile(f"FILE is not {FORMATS[name].title}: its first line lacks columns of one.")
        return FORMATS[name]
    if name != "auto":
        return None
    if set(map(folded, header)) >= _AKENEO:
        raise UnreadableFile(
            "FILE is an Akeneo export, which is not supported: its texts and prices differ by locale and channel."
            " Export it from Akeneo for one shop, as a Google feed or as CSV with the columns sku, name and price."
        )
    return next((each for each in FORMATS.values() if each.columns(header) is not None), None)
