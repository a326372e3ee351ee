"""Who is in the sandbox: the people of its Slack workspace, its channels, and the agency's employers.

The workspace, the exchange and the demo read the same cast, so a person's id means one person everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CastMember:
    """`role` is a role name of `services.access`, or None for someone nobody gave a role yet."""

    user_id: str
    name: str
    real_name: str
    title: str
    email: str
    time_zone: str
    role: str | None
    employer_refs: tuple[str, ...] = ()


@dataclass(frozen=True)
class CastChannel:
    """`members` are user ids: who sees it."""

    channel_id: str
    name: str
    topic: str
    members: frozenset[str]


@dataclass(frozen=True)
class CastEmployer:
    ref: str
    name: str


EMPLOYERS = (
    CastEmployer("emp_harbor", "Harbor Bakery"),
    CastEmployer("emp_juniper", "Juniper Dental Group"),
    CastEmployer("emp_northwind", "Northwind Freight"),
    CastEmployer("emp_oakline", "Oakline Furniture"),
    CastEmployer("emp_quill", "Quill & Sons Printing"),
    CastEmployer("emp_redrock", "Red Rock Outfitters"),
    CastEmployer("emp_redwood", "Redwood Veterinary"),
    CastEmployer("emp_sundial", "Sundial Solar"),
    CastEmployer("emp_tidewater", "Tidewater Robotics"),
)

AGENCY = CastMember(
    "U0AGENCY01",
    "dana",
    "Dana Whitfield",
    "Agency user",
    "dana@whitfield-benefits.example",
    "America/New_York",
    "agency",
)
BROKER = CastMember(
    "U0BROKER01",
    "marcus",
    "Marcus Oyelaran",
    "Broker",
    "marcus@whitfield-benefits.example",
    "America/Chicago",
    "broker",
    ("emp_harbor", "emp_juniper", "emp_northwind", "emp_redrock"),
)
EMPLOYER = CastMember(
    "U0EMPLOY01",
    "elena",
    "Elena Castellanos",
    "Employer user, Harbor Bakery",
    "elena@harbor-bakery.example",
    "America/New_York",
    "employer",
    ("emp_harbor",),
)
READ_ONLY = CastMember(
    "U0READER01",
    "tomasz",
    "Tomasz Wren",
    "Read-only HR user, Harbor Bakery",
    "tomasz@harbor-bakery.example",
    "America/New_York",
    "read_only",
    ("emp_harbor",),
)
NEWCOMER = CastMember(
    "U0NEWCOM01",
    "noor",
    "Noor Haddad",
    "New colleague, no role yet",
    "noor@whitfield-benefits.example",
    "America/Los_Angeles",
    None,
)
PEOPLE = (AGENCY, BROKER, EMPLOYER, READ_ONLY, NEWCOMER)

# An employer's people are guests: they see their own employer's channel alone.
_DESK = frozenset({AGENCY.user_id, BROKER.user_id})
_COLLEAGUES = _DESK | {NEWCOMER.user_id}
_HARBORS = frozenset({EMPLOYER.user_id, READ_ONLY.user_id})
ALERTS = CastChannel(
    "C0ALERTS01", "carrier-alerts", "What the carriers have not synced, and what they refused", _DESK
)
GENERAL = CastChannel("C0GENERAL1", "general", "Everybody at the agency", _COLLEAGUES)
OPERATORS = CastChannel("C0OPERAT01", "lastsync-operators", "How Lastsync itself is doing", _DESK)
HARBOR = CastChannel("C0HARBOR01", "harbor-bakery", "One employer's channel", _DESK | _HARBORS)
CHANNELS = (ALERTS, GENERAL, OPERATORS, HARBOR)

TEAM_ID = "T0SANDBOX1"
TEAM_NAME = "Whitfield Benefits"
BOT_USER_ID = "U0LASTSYNC"
BOT_ID = "B0LASTSYNC"
APP_ID = "A0LASTSYNC"
