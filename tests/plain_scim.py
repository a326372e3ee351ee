"""The shortest SCIM client there is: the floor of the bench, and a Benefits platform for the crash suite."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx

from services.errors import Doubtful, Outside, Rejected, Unavailable
from services.ports import Account, EmployeeKey, Profile
from services.privacy import Sensitive


class PlainScim:
    """One GET to look up, one POST to create, one PATCH to change."""

    most = 1

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url, timeout=5)

    def find(self, emails: Sequence[Sensitive[str]]) -> list[Account | Outside | None]:
        return [self._find(email.reveal()) for email in emails]

    def put(self, profiles: Sequence[Profile]) -> list[Account | Outside]:
        return [self._put(each) for each in profiles]

    def close(self) -> None:
        self._client.close()

    def _find(self, email: str) -> Account | Outside | None:
        try:
            answer = self._client.get("/Users", params={"filter": f'userName eq "{email}"'})
        except httpx.TransportError:
            return Unavailable("The platform does not answer.")
        found = answer.json()["Resources"]
        return _account(found[0]) if found else None

    def _put(self, profile: Profile) -> Account | Outside:
        try:
            if profile.account_id is None:
                answer = self._client.post("/Users", json=payload(profile))
            else:
                change = {"op": "replace", "value": payload(profile)}
                path = f"/Users/{profile.account_id}"
                answer = self._client.patch(path, json={"Operations": [change]})
        except httpx.TransportError:
            return Doubtful("No answer came.")
        if answer.status_code == httpx.codes.CONFLICT:
            return Rejected("The platform has this e-mail already.", "uniqueness")
        return _account(answer.json())


def payload(profile: Profile) -> dict[str, Any]:
    record = profile.record
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": record.email.reveal() if record.email else "",
        "externalId": "/".join(record.key),
        "name": {"givenName": record.forenames, "familyName": record.surname},
        "active": profile.active,
        "entitlements": [{"value": profile.package}] if profile.package else [],
    }


def _account(said: dict[str, Any]) -> Account:
    ours = said.get("externalId", "").split("/")
    return Account(said["id"], EmployeeKey(*ours) if len(ours) == len(EmployeeKey._fields) else None)
