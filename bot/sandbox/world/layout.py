"""What the sandbox begins with: which employer has which carrier, in which state, with which messages.

SHOWCASE    employer              carrier            what `/carrier-status EMPLOYER CARRIER` should find
pending     Juniper Dental Group  Aetna              Pending since 12 days
disabled    Northwind Freight     Kaiser Permanente  turned off by a person 15 days ago
on_time     Harbor Bakery         Guardian           nothing wrong, wait until Tuesday
late        Northwind Freight     Principal          a working-day carrier, silent for three working days
came_back   Juniper Dental Group  Guardian           resolved over a week ago, two syncs since, open again
failure     Red Rock Outfitters   UnitedHealthcare   on time, with two open Failures
"""

from __future__ import annotations

from dataclasses import dataclass

from services.ports import Status

SHOWCASE = {
    "pending": ("emp_juniper", "car_aetna"),
    "disabled": ("emp_northwind", "car_kaiser"),
    "on_time": ("emp_harbor", "car_guardian"),
    "late": ("emp_northwind", "car_principal"),
    "came_back": ("emp_juniper", "car_guardian"),
    "failure": ("emp_redrock", "car_uhc"),
}


@dataclass(frozen=True)
class Planned:
    """`days`: in its status, None for never turned on. `silent_for`: working days without a sync."""

    employer_ref: str
    carrier_ref: str
    plan_type: str
    status: Status
    days: int | None
    by: str | None = None
    silent_for: int = 0
    ever_synced: bool = True

    @property
    def ref(self) -> str:
        parts = (self.employer_ref, self.carrier_ref, self.plan_type)
        return "int_" + "_".join(part.removeprefix("emp_").removeprefix("car_") for part in parts)


def _active(employer: str, carrier: str, plan: str, days: int, **more: int) -> Planned:
    silent_for = more.get("silent_for", 0)
    return Planned(f"emp_{employer}", f"car_{carrier}", plan, Status.ACTIVE, days, silent_for=silent_for)


def _pending(employer: str, carrier: str, plan: str, days: int) -> Planned:
    return Planned(f"emp_{employer}", f"car_{carrier}", plan, Status.PENDING, days)


def _off(employer: str, carrier: str, plan: str, days: int, by: str) -> Planned:
    return Planned(f"emp_{employer}", f"car_{carrier}", plan, Status.DISABLED, days, by)


def _never_on(employer: str, carrier: str, plan: str) -> Planned:
    return Planned(f"emp_{employer}", f"car_{carrier}", plan, Status.DISABLED, None)


INTEGRATIONS = (
    _active("harbor", "guardian", "dental", 404),
    _active("harbor", "principal", "life", 380),
    _active("harbor", "cigna", "medical", 512),
    _pending("harbor", "uhc", "vision", 44),
    _never_on("harbor", "kaiser", "medical"),
    _active("juniper", "guardian", "dental", 290),
    _pending("juniper", "aetna", "medical", 12),
    _active("juniper", "cigna", "dental", 20),
    _off("juniper", "principal", "disability", 35, "inactivity"),
    _active("juniper", "anthem", "vision", 166),
    _active("northwind", "principal", "life", 350, silent_for=3),
    _off("northwind", "kaiser", "medical", 15, "person"),
    _active("northwind", "uhc", "medical", 221),
    _active("northwind", "guardian", "vision", 143),
    _never_on("northwind", "cigna", "medical"),
    _active("redrock", "uhc", "medical", 310),
    _active("redrock", "guardian", "dental", 310),
    _pending("redrock", "aetna", "medical", 60),
    _active("redrock", "kaiser", "medical", 95),
    _never_on("redrock", "principal", "disability"),
    _active("oakline", "cigna", "medical", 430),
    _active("oakline", "cigna", "dental", 430),
    _pending("oakline", "guardian", "life", 59),
    _active("oakline", "aetna", "dental", 270),
    _never_on("oakline", "anthem", "medical"),
    _active("quill", "principal", "dental", 365),
    _active("quill", "principal", "life", 365),
    _active("quill", "kaiser", "medical", 118, silent_for=12),
    _off("quill", "uhc", "vision", 120, "inactivity"),
    _active("quill", "cigna", "medical", 66),
    _active("redwood", "anthem", "medical", 240),
    _active("redwood", "guardian", "dental", 240),
    _pending("redwood", "uhc", "medical", 61),
    _off("redwood", "kaiser", "medical", 200, "person"),
    _active("sundial", "kaiser", "medical", 181),
    _active("sundial", "aetna", "medical", 330),
    _pending("sundial", "principal", "dental", 75),
    _active("sundial", "cigna", "medical", 9),
    _pending("sundial", "anthem", "vision", 23),
    Planned("emp_tidewater", "car_anthem", "medical", Status.ACTIVE, 29, ever_synced=False),
    _active("tidewater", "guardian", "dental", 133),
    _active("tidewater", "uhc", "medical", 74),
    _never_on("tidewater", "cigna", "medical"),
    _pending("tidewater", "aetna", "dental", 1),
)


@dataclass(frozen=True)
class PlannedMessage:
    """`syncs_ago`: which sync brought it, 1 being the last. `text`: in place of the kind's own words."""

    integration_ref: str
    kind: str
    syncs_ago: int
    state: str = "open"  # or "resolved", or "came_back"
    assignee: str = "platform"
    text: str | None = None


MESSAGES = (
    PlannedMessage("int_juniper_guardian_dental", "birth_date_mismatch", 4, "came_back"),
    PlannedMessage("int_redrock_uhc_medical", "ssn_discrepancy", 1),
    PlannedMessage("int_redrock_uhc_medical", "required_information_missing", 2),
    PlannedMessage("int_redrock_uhc_medical", "gender_mismatch", 6),
    PlannedMessage("int_harbor_cigna_medical", "employment_status_conflict", 3),
    PlannedMessage("int_harbor_cigna_medical", "emails_conflict", 12),
    PlannedMessage("int_harbor_principal_life", "annual_earnings_mismatch", 5),
    PlannedMessage("int_harbor_principal_life", "annual_earnings_missing", 15, "resolved"),
    PlannedMessage(
        "int_harbor_cigna_medical",
        "name_spelling",
        2,
        text='The carrier writes "{carrier}" <!channel> *now* & <https://evil.example|click> `x`',
    ),
    PlannedMessage("int_juniper_cigna_dental", "dependent_relationship_mismatch", 2),
    PlannedMessage("int_juniper_cigna_dental", "emails_missing", 9, assignee="middleware"),
    PlannedMessage("int_juniper_anthem_vision", "name_spelling", 7, "resolved"),
    PlannedMessage("int_northwind_uhc_medical", "gender_mismatch", 4),
    PlannedMessage("int_northwind_uhc_medical", "employment_start_date_conflict", 9, "resolved"),
    PlannedMessage("int_redrock_kaiser_medical", "emails_conflict", 3),
    PlannedMessage("int_oakline_cigna_medical", "birth_date_mismatch", 2),
    PlannedMessage(
        "int_oakline_cigna_medical",
        "gender_mismatch",
        8,
        text="🎂🎂 \u202eהמגדר שונה\u202c at the carrier ({carrier}) <@U0AGENCY01> </script>",
    ),
    PlannedMessage("int_oakline_cigna_dental", "ssn_discrepancy", 11, "resolved"),
    PlannedMessage("int_oakline_aetna_dental", "annual_earnings_missing", 1, assignee="middleware"),
    PlannedMessage("int_quill_principal_dental", "name_spelling", 2),
    PlannedMessage("int_quill_principal_life", "annual_earnings_missing", 3),
    PlannedMessage("int_quill_kaiser_medical", "dependent_relationship_mismatch", 5, "resolved"),
    PlannedMessage(
        "int_quill_cigna_medical",
        "name_spelling",
        4,
        text="Name differs: " + "{carrier} is not {platform}; " * 120,
    ),
    PlannedMessage("int_redwood_anthem_medical", "employment_status_conflict", 1),
    PlannedMessage("int_redwood_guardian_dental", "dependent_relationship_mismatch", 1),
    PlannedMessage("int_sundial_kaiser_medical", "birth_date_mismatch", 6, "resolved"),
    PlannedMessage("int_sundial_aetna_medical", "required_information_missing", 1),
    PlannedMessage("int_sundial_cigna_medical", "emails_conflict", 1),
    PlannedMessage("int_tidewater_guardian_dental", "annual_earnings_mismatch", 2),
    PlannedMessage("int_tidewater_uhc_medical", "employment_start_date_conflict", 5),
)
