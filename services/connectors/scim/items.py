"""An employee as a SCIM user (docs/benefits-scim.md), and what a SCIM server answers, checked.

What cannot be read, or must not be believed, raises `Rejected` with a sentence and a code.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NoReturn, TypeVar

from pydantic import ValidationError
from scim2_models import URN, Context, EnterpriseUser, Error, Extension, ListResponse, User

from services.errors import Rejected
from services.ports import Account, Closing, EmployeeKey, EmployeeRecord, Profile
from services.privacy import Sensitive, mask_text

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
BENEFITS = "urn:lastsync:params:scim:schemas:extension:benefits:2.0:User"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
_EMPLOYER_END = "/"
_ID = re.compile(r"[^\s\x00-\x1f\x7f]{1,255}")
_CODE = re.compile(r"[A-Za-z][A-Za-z-]{0,63}")
_VERSION = re.compile(r"[\x20-\x7e]{1,255}")
_DETAIL_LENGTH = 200

UNREADABLE = "The Benefits platform answered with something that cannot be read."
NO_ID = "The Benefits platform has an account for this e-mail, and gave no id for it."
TWO = "The Benefits platform has two accounts for this e-mail. Have one of them closed there."
IGNORED = "The Benefits platform answered with accounts that were not asked for."

T = TypeVar("T")


class BenefitsUser(Extension):
    """What SCIM's own schemas have no place for."""

    __schema__ = URN(BENEFITS)

    benefits_level: str | None = None
    package: str | None = None
    gender: str | None = None
    date_of_birth: str | None = None
    annual_pay: str | None = None
    pay_basis: str | None = None
    pay_frequency: str | None = None
    change_reason: str | None = None
    leave_date: str | None = None


Person = User[EnterpriseUser | BenefitsUser]
# Made once: pydantic forgets such a class when nobody holds it, and making it costs more than a request.
Persons = ListResponse[Person]


def filter_by(email: str) -> str:
    escaped = email.replace("\\", "\\\\").replace('"', '\\"')
    return f'userName eq "{escaped}"'


def creation(profile: Profile) -> dict[str, Any]:
    """With each empty value left out, as the library of SCIM would dump it."""
    said = _user(profile)
    extensions = [urn for urn in (ENTERPRISE, BENEFITS) if urn in said]
    return {"schemas": [USER, *extensions], "externalId": _EMPLOYER_END.join(profile.record.key)} | said


def patch(profile: Profile | Closing) -> dict[str, Any]:
    """Every value that we keep there as HR has it, and without those that HR has not."""
    if isinstance(profile, Closing):
        return {"schemas": [PATCH_OP], "Operations": [{"op": "replace", "path": "active", "value": False}]}
    said = _user(profile)
    # A part that is left out of a whole value stays as it is there, so each part is named by itself.
    flat = _named(said.pop("name", {}), "name.")
    for urn in (ENTERPRISE, BENEFITS):
        flat |= _named(said.pop(urn, {}), f"{urn}:")
    flat |= said
    replaced = [{"op": "replace", "path": path, "value": value} for path, value in flat.items()]
    removed = [{"op": "remove", "path": path} for path in OURS if path not in flat]
    return {"schemas": [PATCH_OP], "Operations": [*replaced, *removed]}


def _named(parts: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    return {f"{prefix}{name}": value for name, value in parts.items()}


OURS = (
    "name.givenName", "name.familyName", "name.honorificPrefix", "title", "phoneNumbers", "addresses",
    *(f"{BENEFITS}:{name}" for name in (
        "benefitsLevel", "package", "gender", "dateOfBirth", "annualPay", "payBasis", "payFrequency",
        "changeReason", "leaveDate",
    )),
)  # fmt: skip


def found(body: object, email: str) -> tuple[Account, str | None] | None:
    """The one account of a look-up, with its version; None when there is none."""
    if _is_nothing(body):
        return None
    try:
        listed = Persons.model_validate(body, scim_ctx=Context.RESOURCE_QUERY_RESPONSE)
    except ValidationError:
        _found_in_part(body)
    users = listed.resources or []
    if any((user.user_name or "").casefold() != email.casefold() for user in users):
        raise Rejected(IGNORED, "filter_ignored")
    if len(users) > 1 or (listed.total_results or 0) > len(users):
        raise Rejected(TWO if users else UNREADABLE, "ambiguous" if users else "unreadable")
    if not users:
        return None
    account = account_of({"id": users[0].id, "externalId": users[0].external_id})
    return account, _version(users[0].meta.version if users[0].meta else None)


def _is_nothing(body: object) -> bool:
    """Most look-ups of a first sync find nobody. Four plain facts say so, without a model for each."""
    return (
        isinstance(body, Mapping)
        and body.get("schemas") == [LIST]
        and body.get("totalResults") == 0
        and not body.get("Resources")
    )


def _found_in_part(body: object) -> NoReturn:
    """What the models refuse: a user without an id is worth a reason of its own."""
    users = body.get("Resources") if isinstance(body, Mapping) else None
    if isinstance(users, list) and any(isinstance(each, Mapping) and "id" not in each for each in users):
        raise Rejected(NO_ID, "no_id") from None
    raise Rejected(UNREADABLE, "unreadable") from None


def account_of(body: object) -> Account:
    if not isinstance(body, Mapping):
        raise Rejected(UNREADABLE, "unreadable")
    if not isinstance(account_id := body.get("id"), str) or not _ID.fullmatch(account_id):
        raise Rejected(NO_ID, "no_id")
    return Account(account_id, _key(body.get("externalId")))


def created(body: object, profile: Profile) -> Account | None:
    """The account that was made; None when the answer is about somebody else's, whatever it is there for."""
    account = account_of(body)
    email = profile.record.email.reveal() if profile.record.email else ""
    said = body.get("userName") if isinstance(body, Mapping) else None
    others = isinstance(said, str) and said.casefold() != email.casefold()
    return None if others or account.key not in {None, profile.record.key} else account


def refusal(status: int, body: object) -> Rejected:
    """A SCIM error (RFC 7644, 3.12); its `detail` is foreign text, so it is masked and cut."""
    try:
        error = Error.model_validate(body if isinstance(body, Mapping) else {})
    except ValidationError:
        error = Error()
    code = error.scim_type or ""
    # Only a conflict of e-mails is one: a server may answer 409 for other things, and then says which.
    if status == 409 and code in {"", "uniqueness"}:  # noqa: PLR2004
        return Rejected("This e-mail belongs to another account.", "uniqueness")
    if status == 404:  # noqa: PLR2004
        return Rejected("The Benefits platform does not have this account any more.", "not_found")
    detail = error.detail if isinstance(error.detail, str) else None
    named = code if _CODE.fullmatch(code) else str(status)
    return Rejected(f"The Benefits platform did not take it: {_sentence(detail)}", named)


def _user(profile: Profile) -> dict[str, Any]:
    """By hand: to make the library's models and dump them takes half as long as a first sync's requests.

    The tests hold what comes out to those models.
    """
    record = profile.record
    values = {
        "userName": _revealed(record.email),
        "active": profile.active,
        "title": record.job_title,
        "name": _name(record),
        "emails": _emails(record),
        "phoneNumbers": _phones(record),
        "addresses": _addresses(record),
        ENTERPRISE: {"employeeNumber": record.key.ref, "organization": record.key.employer_ref},
        BENEFITS: _benefits(profile),
    }
    return {name: value for name, value in values.items() if value or value is False}


def _name(record: EmployeeRecord) -> dict[str, Any]:
    return _given(givenName=record.forenames, familyName=record.surname, honorificPrefix=record.title)


def _emails(record: EmployeeRecord) -> list[dict[str, Any]]:
    return [{"value": record.email.reveal(), "type": "work", "primary": True}] if record.email else []


def _phones(record: EmployeeRecord) -> list[dict[str, Any]]:
    return [{"value": record.phone.reveal(), "type": "home"}] if record.phone else []


def _addresses(record: EmployeeRecord) -> list[dict[str, Any]]:
    if record.address is None:
        return []
    home = record.address.reveal()
    given = _given(
        streetAddress=home.street,
        locality=home.city,
        region=home.region,
        postalCode=home.postal_code,
        country=home.country,
    )
    return [given | {"type": "home"}]


def _benefits(profile: Profile) -> dict[str, Any]:
    record = profile.record
    return _given(
        benefitsLevel=profile.level,
        package=profile.package,
        gender=record.gender,
        dateOfBirth=_day(_revealed(record.date_of_birth)),
        annualPay=_revealed(record.annual_pay),
        payBasis=record.pay_basis,
        payFrequency=record.pay_frequency,
        changeReason=record.change_reason,
        leaveDate=_day(record.leave_date),
    )


def _given(**values: str | None) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _revealed(value: Sensitive[T] | None) -> T | None:
    return value.reveal() if value else None


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _key(external_id: object) -> EmployeeKey | None:
    """For whom we created the account, if we did."""
    parts: Sequence[str] = external_id.split(_EMPLOYER_END) if isinstance(external_id, str) else ()
    return EmployeeKey(*parts) if len(parts) == len(EmployeeKey._fields) and all(parts) else None


def _version(version: object) -> str | None:
    return version if isinstance(version, str) and _VERSION.fullmatch(version) else None


def _sentence(detail: str | None) -> str:
    if not detail or not detail.strip():
        return "it gave no reason."
    masked = " ".join(mask_text(detail[:2000]).split())
    return masked if len(masked) <= _DETAIL_LENGTH else masked[: _DETAIL_LENGTH - 1] + "…"
