"""Requests that spend, as the suites of the rate limit send them."""

import httpx2

from tests.clients import Client


def rest(client: Client, **headers: str) -> httpx2.Response:
    """A request that costs a point."""
    return client.get("/v2/products?limit=1", **headers)


def graphql(client: Client, **headers: str) -> httpx2.Response:
    """Another one."""
    return client.post("/graphql", {"query": "{ product(id: 1) { name } }"}, **headers)


def left(response: httpx2.Response) -> int:
    """The points that an answer says are left."""
    return int(response.headers["ratelimit"].partition("r=")[2].partition(";")[0])


def spend(client: Client, points: int, **headers: str) -> None:
    """Take points one by one."""
    for _ in range(points):
        assert rest(client, **headers).status_code == 200
