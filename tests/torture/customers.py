"""Customers who send an order until they are told what came of it, over any surface, and remember it all."""

import asyncio
import json
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from tests.servers import Answer, Wire

SURFACES = ("v1", "v2", "graphql")
_MUTATION = """mutation($input: PlaceOrderInput!) {
    it: placeOrder(input: $input) { order { orderId } userErrors { code } } }"""
_CANCEL = """mutation($input: CancelOrderInput!) {
    it: cancelOrder(input: $input) { order { orderId } userErrors { code } } }"""
_LATER = {"idempotency_key_in_use", "unavailable", "timeout"}
_BROKEN = (OSError, asyncio.IncompleteReadError)


class Good(NamedTuple):
    """What is sold: a variant of a product, which has a sku where it is one of several."""

    variant: int
    product: int
    sku: str = ""


class Wish(NamedTuple):
    """An order that a customer wants once, or wants cancelled once; variants are called by their skus or their ids."""

    key: str
    items: Sequence[tuple[Good, int]] = ()
    cancels: int = 0
    by_sku: bool = False

    @property
    def surfaces(self) -> Sequence[str]:
        """The surfaces that take it: v1 does not know variants."""
        return SURFACES[1:] if any(good.sku for good, _ in self.items) else SURFACES


class Ledger:
    """What all customers were told, by key."""

    def __init__(self) -> None:
        self.wishes: dict[str, Wish] = {}
        self.outcomes: defaultdict[str, set[Any]] = defaultdict(set)
        self.forms: defaultdict[tuple[str, str], set[Any]] = defaultdict(set)
        self.firsts: Counter[str] = Counter()
        self.odd: Counter[str] = Counter()
        self.answers = 0
        self.progress = asyncio.Condition()

    async def told(self, wish: Wish, surface: str, answer: Answer) -> bool:
        """Note an answer; whether it says what came of the wish."""
        code, identity = _read(surface, answer)
        async with self.progress:
            self.answers += 1
            self.progress.notify_all()
        if code in _LATER:
            return False
        if code not in (None, "out_of_stock", "conflict"):
            self.odd[f"{answer.status} {code}"] += 1
            return False
        replayed = answer.headers.get("idempotent-replayed") == "true"
        self.outcomes[wish.key].add(identity or code)
        self.firsts[wish.key] += not replayed
        if identity and surface != "graphql":
            form = (answer.status, answer.body, answer.headers["etag"], answer.headers.get("location"))
            self.forms[wish.key, surface].add(form)
        return True

    def placed(self) -> list[int]:
        """The ids of orders that were acknowledged."""
        return [o for key, wish in self.wishes.items() if wish.items for o in self.outcomes[key] if isinstance(o, int)]


def _read(surface: str, answer: Answer) -> tuple[str | None, int]:
    """The code of a refusal, or the id of an order."""
    body = json.loads(answer.body) if answer.body else {}
    if surface != "graphql" or "data" not in body:
        return body.get("code"), body.get("id", 0)
    payload = body["data"]["it"]
    if payload is None:
        return body["errors"][0]["extensions"]["code"].lower(), 0
    if payload["userErrors"]:
        return payload["userErrors"][0]["code"].lower(), 0
    return None, payload["order"]["orderId"]


class Customer:
    """Sends one wish after another; `twins` go at the same time, and some requests are hung up on.

    `headers` are sent with each, such as `Authorization: Bearer …\\r\\n`.
    """

    headers = ""

    def __init__(self, number: int, port: int, goods: Sequence[Good], ledger: Ledger, rng: random.Random) -> None:
        self.name, self.port, self.goods, self.ledger, self.rng = f"c{number}", port, goods, ledger, rng
        self.over, self.hangs_up = False, 0.03
        self._idle: list[Wire] = []

    async def run(self) -> None:
        """Wish for one thing after another, until it is over."""
        number = 0
        while not self.over:
            number += 1
            wish = self._wish(number)
            self.ledger.wishes[wish.key] = wish
            sent = [self.insist(wish) for _ in range(1 + (self.rng.random() < 0.3))]
            await asyncio.gather(*sent)
            if self.rng.random() < 0.3:
                await self.insist(wish)

    async def insist(self, wish: Wish) -> None:
        """Send a wish until it is answered for good, each time over any surface; or give up, now and then."""
        while not await self.attempt(wish):
            if self.over or self.rng.random() < 0.02:
                return

    async def leave(self) -> None:
        """Close all connections."""
        while self._idle:
            await _hang_up(self._idle.pop())

    async def ask(self, wish: Wish) -> None:
        """Send a wish until it is answered for good."""
        while not await self.attempt(wish):
            pass

    def _wish(self, number: int) -> Wish:
        key = f"{self.name}-{number}"
        mine = self.ledger.outcomes[f"{self.name}-{self.rng.randint(1, number)}"]
        if self.rng.random() < 0.1 and mine and isinstance(order := next(iter(mine)), int):
            return Wish(key, cancels=order)
        chosen = self.rng.sample(self.goods, self.rng.randint(1, 3))
        return Wish(key, [(good, self.rng.randint(1, 3)) for good in chosen], by_sku=self.rng.random() < 0.5)

    async def attempt(self, wish: Wish) -> bool:
        """Send a wish once; whether it was answered for good."""
        surface = self.rng.choice(wish.surfaces)
        try:
            wire = self._idle.pop() if self._idle else Wire(*await asyncio.open_connection("127.0.0.1", self.port))
        except OSError:  # it is not up again yet
            await asyncio.sleep(0.02)
            return False
        hang_up = self.rng.random() < self.hangs_up
        try:
            path, method, body, headers = _request(wish, surface)
            asking = wire.ask(path, method, body, headers + self.headers)
            answer = await (asyncio.wait_for(asking, self.rng.random() / 50) if hang_up else asking)
        except (*_BROKEN, TimeoutError):
            await _hang_up(wire)
            return False
        self._idle.append(wire)
        return await self.ledger.told(wish, surface, answer)


async def _hang_up(wire: Wire) -> None:
    wire.writer.transport.abort()
    with suppress(*_BROKEN):
        await wire.writer.wait_closed()


def _called(good: Good, by_sku: bool, surface: str) -> dict[str, Any]:
    """What an item of an order calls a good."""
    if good.sku and by_sku:
        return {"sku": good.sku}
    name, number = ("variantId", good.variant) if good.sku else ("productId", good.product)
    return {name: str(number) if surface == "graphql" else number}


def _request(wish: Wish, surface: str) -> tuple[str, str, bytes, str]:
    """Path, method, body and headers."""
    path, body = "/graphql", {}
    if wish.cancels:
        if surface == "graphql":
            body = {"query": _CANCEL, "variables": {"input": {"id": wish.cancels}}}
        else:
            path = f"/{surface}/orders/{wish.cancels}/cancellation"
    else:
        items = [{**_called(good, wish.by_sku, surface), "quantity": n} for good, n in wish.items]
        body = {"items": items, "reference": wish.key}
        if surface == "graphql":
            body = {"query": _MUTATION, "variables": {"input": body}}
        else:
            path = f"/{surface}/orders"
    headers = f"Content-Type: application/json\r\nIdempotency-Key: {wish.key}\r\n"
    return path, "POST", json.dumps(body).encode(), headers
