"""The surfaces of webhooks, REST v2 and GraphQL, behind one face.

A webhook and a delivery are dicts of REST's members.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from tests.behaviour.surfaces import Refused
from tests.service import Service

Members = dict[str, Any]


class Deliveries(NamedTuple):
    """A page of deliveries, and the cursor of the next one."""

    items: list[Members]
    next: str | None


class RestHooks:
    """REST."""

    def __init__(self, service: Service, **headers: str) -> None:
        self.service, self.headers, self.replayed = service, headers, False

    async def list(self) -> list[Members]:
        """All webhooks."""
        items: list[Members] = (await self._send("GET", ""))["items"]
        return items

    async def get(self, webhook: int) -> Members:
        """One of them."""
        return await self._send("GET", f"/{webhook}")

    async def create(self, key: str | None = None, **members: Any) -> Members:
        """Make one; it has its secret."""
        return await self._send("POST", "", members, key)

    async def update(self, webhook: int, **members: Any) -> Members:
        """Change one."""
        return await self._send("PATCH", f"/{webhook}", members)

    async def delete(self, webhook: int) -> None:
        """Delete one."""
        await self._send("DELETE", f"/{webhook}")

    async def rotate(self, webhook: int, key: str | None = None) -> Members:
        """Make another secret; the webhook with it."""
        return await self._send("POST", f"/{webhook}/secret", key=key)

    async def test(self, webhook: int, key: str | None = None) -> Members:
        """Send a test; its delivery."""
        return await self._send("POST", f"/{webhook}/test", key=key)

    async def redeliver(self, webhook: int, number: int) -> Members:
        """Send a message again; its delivery."""
        return await self._send("POST", f"/{webhook}/deliveries/{number}/redelivery")

    async def deliveries(self, webhook: int, size: int = 20, after: str = "") -> Deliveries:
        """A page of the deliveries."""
        page = await self._send("GET", f"/{webhook}/deliveries?limit={size}&cursor={after}")
        return Deliveries(page["items"], page["nextCursor"])

    async def _send(self, method: str, path: str, value: Any = None, key: str | None = None) -> Members:
        headers = {**self.headers, **({"idempotency_key": key} if key else {})}
        response = await self.service.send(method, f"/v2/webhooks{path}", value, **headers)
        self.replayed = "idempotent-replayed" in response.headers
        answer: Members = response.json() if response.content else {}
        if response.status_code >= 400:
            raise Refused(answer["code"], [one["field"] for one in answer["details"]])
        return answer


_WEBHOOK = "{ id: webhookId url types active reason createdAt }"
_DELIVERY = "{ number messageId type status attempts responseStatus error createdAt attemptedAt }"
_DELIVERIES = f"""query($id: ID!, $first: Int, $after: String) {{ webhook(id: $id) {{
    deliveries(first: $first, after: $after) {{
        edges {{ node {_DELIVERY} }} pageInfo {{ hasNextPage endCursor }} }} }} }}"""


class GraphqlHooks:
    """GraphQL."""

    def __init__(self, service: Service, **headers: str) -> None:
        self.service, self.headers, self.replayed = service, headers, False

    async def list(self) -> list[Members]:
        """All webhooks."""
        found = await self._run(f"{{ webhooks {{ edges {{ node {_WEBHOOK} }} }} }}")
        return [_shown(edge["node"]) for edge in found["webhooks"]["edges"]]

    async def get(self, webhook: int) -> Members:
        """One of them."""
        found = await self._run(f"query($id: ID!) {{ webhook(id: $id) {_WEBHOOK} }}", {"id": webhook})
        return _shown(_there(found["webhook"]))

    async def create(self, key: str | None = None, **members: Any) -> Members:
        """Make one; it has its secret."""
        shown = f"webhook {_WEBHOOK} webhookEdge {{ node {{ webhookId }} }} secret"
        payload = await self._mutate("createWebhook", shown, members, key)
        assert payload["webhookEdge"]["node"]["webhookId"] == payload["webhook"]["id"]
        return {**_shown(payload["webhook"]), "secret": payload["secret"]}

    async def update(self, webhook: int, **members: Any) -> Members:
        """Change one."""
        payload = await self._mutate("updateWebhook", f"webhook {_WEBHOOK}", {"id": webhook, **members})
        return _shown(payload["webhook"])

    async def delete(self, webhook: int) -> None:
        """Delete one."""
        payload = await self._mutate("deleteWebhook", "deletedId", {"id": webhook})
        assert payload["deletedId"]

    async def rotate(self, webhook: int, key: str | None = None) -> Members:
        """Make another secret; the webhook with it."""
        payload = await self._mutate("rotateWebhookSecret", f"webhook {_WEBHOOK} secret", {"id": webhook}, key)
        return {**_shown(payload["webhook"]), "secret": payload["secret"]}

    async def test(self, webhook: int, key: str | None = None) -> Members:
        """Send a test; its delivery."""
        payload = await self._mutate("testWebhook", f"delivery {_DELIVERY}", {"id": webhook}, key)
        return _shown_delivery(payload["delivery"])

    async def redeliver(self, webhook: int, number: int) -> Members:
        """Send a message again; its delivery."""
        given = {"id": webhook, "number": number}
        payload = await self._mutate("redeliverWebhook", f"delivery {_DELIVERY}", given)
        return _shown_delivery(payload["delivery"])

    async def deliveries(self, webhook: int, size: int = 20, after: str = "") -> Deliveries:
        """A page of the deliveries."""
        found = await self._run(_DELIVERIES, {"id": webhook, "first": size, "after": after or None})
        page = _there(found["webhook"])["deliveries"]
        info, items = page["pageInfo"], [_shown_delivery(edge["node"]) for edge in page["edges"]]
        return Deliveries(items, info["endCursor"] if info["hasNextPage"] else None)

    async def _mutate(self, field: str, shown: str, members: Members, key: str | None = None) -> Members:
        kind = f"{field[0].upper()}{field[1:]}Input"
        shown = f"{shown} userErrors {{ code field }}"
        document = f"mutation($input: {kind}!) {{ it: {field}(input: $input) {{ {shown} }} }}"
        payload: Members = (await self._run(document, {"input": members}, key))["it"]
        errors = payload.pop("userErrors")
        if errors:
            assert not any(payload.values())
            raise _refused({one["code"] for one in errors}, [one["field"] for one in errors if one["field"]])
        return payload

    async def _run(self, document: str, variables: Any = None, key: str | None = None) -> Members:
        headers = {**self.headers, **({"idempotency_key": key} if key else {})}
        answer = await self.service.graphql(document, variables, **headers)
        self.replayed = "idempotency" in answer.get("extensions", {})
        if "errors" in answer:
            raise _refused({one["extensions"]["code"] for one in answer["errors"]}, [])
        data: Members = answer["data"]
        return data


def _refused(codes: set[str], paths: Sequence[list[str]]) -> Refused:
    (code,) = codes
    return Refused(code.lower(), [".".join(path) for path in paths])


def _there(found: Members | None) -> Members:
    if found is None:
        raise Refused("not_found")
    return found


def _shown(webhook: Members) -> Members:
    return {**webhook, "reason": webhook["reason"] and webhook["reason"].lower()}


def _shown_delivery(delivery: Members) -> Members:
    return {**delivery, "status": delivery["status"].lower()}


Hooks = RestHooks | GraphqlHooks
SURFACES = {"rest": RestHooks, "graphql": GraphqlHooks}
