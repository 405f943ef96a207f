"""The three surfaces of the catalogue behind one face, so that one suite runs over all of them.

A product is a dict of REST's members; `shows` names those that a surface can show, `takes` those that it can set. It is
addressed by its id, or by its sku where an address is a text.
"""

from collections.abc import Callable

import pytest

from rest.versions import V1, V2
from tests.behaviour.surfaces.graphql import Graphql
from tests.behaviour.surfaces.rest import Rest
from tests.behaviour.surfaces.results import Address, Page, Put, Ran, Refused, Result, Thing, path_of
from tests.service import Service

__all__ = [
    "Address",
    "Graphql",
    "Page",
    "Put",
    "Ran",
    "Refused",
    "Rest",
    "Result",
    "Surface",
    "Thing",
    "each_surface",
    "path_of",
    "surfaces",
]


Surface = Rest | Graphql


def surfaces(service: Service) -> dict[str, Surface]:
    """Every surface of a service, by name."""
    every: tuple[Surface, ...] = (Rest(service, V1), Rest(service, V2), Graphql(service))
    return {one.name: one for one in every}


def each_surface(*names: str) -> Callable[[pytest.FixtureRequest], str]:
    """A fixture that runs the tests of a module over these surfaces in turn."""

    def surface_name(request: pytest.FixtureRequest) -> str:
        name: str = request.param
        return name

    return pytest.fixture(params=names)(surface_name)
