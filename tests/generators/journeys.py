"""Sends the clients that were made through a live server that asks for keys."""

import json
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2

from tests.contract.outside.stocked import stock
from tests.generators.build import travel
from tests.generators.clients import CLIENTS
from tests.servers import PATIENCE, Server

Verdicts = Mapping[str, Mapping[str, list[str]]]
"""By client and step: `ok` or what went wrong, then the same for the workaround, if there is one."""


def journeys(url: str, folder: Path) -> Verdicts:
    """Send every client through a server of their own."""
    log = folder / "log"
    [key] = stock(url, log, ["journeys"]).values()
    with Server(url, log, TANDEM_AUTH="keys") as server:
        place = _furnish(f"http://127.0.0.1:{server.port}/v2", key)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            told = pool.map(lambda name: travel(name, place), CLIENTS)
            return {name: json.loads(verdict) for name, verdict in zip(CLIENTS, told, strict=True)}


def _furnish(address: str, key: str) -> str:
    """Two categories with a product each; what journeys are told of them."""
    with httpx2.Client(base_url=address, headers={"Authorization": f"Bearer {key}"}, timeout=PATIENCE) as http:
        categories = [http.post("/categories", json={"name": name}).json()["id"] for name in ("Bookends", "Shelves")]
        made = [
            http.post("/products", json={"name": "Pair", "price": 24.5, "stock": 100, "categoryIds": [category]}).json()
            for category in categories
        ]
    return " ".join(map(str, (address, key, made[0]["id"], *categories)))
