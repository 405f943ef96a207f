"""Slugs of products: made from names, and numbered apart."""

from hypothesis import given
from hypothesis import strategies as st

from app.domain import slugs
from app.domain.models import MAX_SLUG
from app.domain.unicode import identity

NAMES = st.text(max_size=30) | st.sampled_from(["Küche ", "x" * 300, "ß" * 150, "🫖", "a-b", "Kettle 2", "ΐ Ω", "ŉ"])
PLAIN = st.sampled_from(["kettle", "kettle-2", "pot", "x" * MAX_SLUG, "x" * (MAX_SLUG - 1) + "y"])
FEW_ROUNDS = 12


def chosen(plain: list[str], taken: set[str]) -> tuple[list[str], int]:
    """The slugs that are chosen where some are taken, and in how many rounds."""
    lookup, rounds, answer = slugs.choose(plain), 0, None
    while True:
        try:
            wanted = lookup.send(answer)  # type: ignore[arg-type] # a generator begins with None
        except StopIteration as stop:
            return stop.value, rounds
        answer, rounds = taken.intersection(wanted), rounds + 1


@given(NAMES)
def test_made(name: str) -> None:
    """A made slug is one that a client may set, whatever the name; it is known as the name's, with a number too."""
    made = slugs.of_name(name)
    assert 1 <= len(made) <= MAX_SLUG
    assert identity.slug(made) == made
    for number in (1, 2, 12_345):
        assert slugs.is_of_name(slugs.numbered(made, number), name)
        assert len(slugs.numbered(made, number)) <= MAX_SLUG
    assert not slugs.is_of_name(f"{made[:9]}-x", name)


@given(st.lists(PLAIN, max_size=40), st.sets(st.tuples(PLAIN, st.integers(1, 40))))
def test_choose(plain: list[str], numbers: set[tuple[str, int]]) -> None:
    """Chosen slugs are free, differ, and are those that were wanted, with numbers."""
    taken = {slugs.numbered(*one) for one in numbers}
    found, _ = chosen(plain, taken)
    assert taken.isdisjoint(found)
    assert len(set(found)) == len(found) == len(plain)
    assert all(slugs.is_of_name(slug, wanted) for slug, wanted in zip(found, plain, strict=True))


def test_order() -> None:
    """The numbers follow on each other."""
    taken = {"kettle"}
    for number in range(2, 50):
        found, _ = chosen(["kettle"], taken)
        assert found == [f"kettle-{number}"]
        taken.update(found)
    assert chosen(["pot", "pot", "pot"], set())[0] == ["pot", "pot-2", "pot-3"]


def test_many() -> None:
    """However many products bear a name, a few rounds find the next number, for one and for a thousand."""
    taken = {slugs.numbered("kettle", number) for number in range(1, 1_000_001)}
    assert chosen(["kettle"], taken)[0] == ["kettle-1000001"]
    assert chosen(["kettle"] * 1_000, taken)[0][-1] == "kettle-1001000"
    assert max(chosen(["kettle"] * count, taken)[1] for count in (1, 1_000)) < FEW_ROUNDS
