"""The columns and values of `--map` and `--set` for a shop's file; they override its format."""

from collections import Counter
from collections.abc import Mapping, Sequence

from app.bulk.formats.format import Product
from app.bulk.formats.row import Columns
from app.bulk.import_options import Options
from app.bulk.tables.csv_dialect import require_columns
from app.bulk.tables.csv_rows import Rows
from app.domain.errors import FieldError
from app.domain.fields.product_fields import MEMBERS
from app.domain.unicode import identity

_OF_VARIANT = frozenset({"currency", *(member.name for member in MEMBERS if member.of_variant)})


class ColumnOverrides:
    """Completes products: a mapped column sets a member, a preset fills a missing one."""

    def __init__(self, columns: Columns, header: Sequence[str], options: Options) -> None:
        require_columns(header, options.columns)
        chosen = {identity.key(name): member for name, member in options.columns.items()}
        mapped = [chosen.get(identity.key(name)) for name in header]
        columns.use(index for index, member in enumerate(mapped) if member)
        self._mapped = Rows(mapped, {}, {}) if any(mapped) else None
        preset = {name: cell for name, cell in options.preset.items() if name != "currency"}
        self._preset = [
            Rows([], {name: cell for name, cell in preset.items() if (name in _OF_VARIANT) == of_variant}, {})
            for of_variant in (False, True)
        ]

    def complete(self, product: Product, cells: Mapping[int, Sequence[str]]) -> None:
        """Complete a product from the cells of its rows, which are given by line."""
        for of_variant, number, members in (
            (False, product.number, product.members),
            *((True, variant.number, variant.members) for variant in product.variants),
        ):
            preset, mapped = self._preset[of_variant], self._mapped_members(cells[number], of_variant)
            completed = mapped if isinstance(mapped, FieldError) else preset.complete(members | mapped)
            if isinstance(completed, FieldError):
                product.problem = completed.message
                return
            members.update(completed)

    def _mapped_members(self, cells: Sequence[str], of_variant: bool) -> dict[str, object] | FieldError:
        mapped = self._mapped.row(cells, Counter()) if self._mapped else {}
        if isinstance(mapped, FieldError):
            return mapped
        return {name: value for name, value in mapped.items() if (name in _OF_VARIANT) == of_variant}
