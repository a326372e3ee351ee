"""What the connector makes of items that are odd, wrong or private."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ports import IntegrationItem, MessageItem, Page, SetAside, Severity, Status, SyncItem
from tests.connectors.answers import NOW, exchange, integration, message, page, sync

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def read_message(**changes: Any) -> MessageItem:
    [only] = list(exchange(page(message(**changes)))[0].messages(None))
    assert only.set_aside == []
    return only.items[0]


def read_integrations(*raw: object) -> Page[IntegrationItem]:
    [only] = list(exchange(page(*raw))[0].integrations(None))
    return only


def test_an_integration_arrives_whole() -> None:
    assert read_integrations(integration()).items == [
        IntegrationItem(
            ref="int_1",
            employer_ref="emp_1",
            employer_name="Harbor Bakery",
            carrier_ref="car_1",
            carrier_name="Guardian",
            carrier_time_zone="America/New_York",
            plan_name="Dental Choice",
            plan_type="dental",
            renewal_date=date(2027, 1, 1),
            status=Status.ACTIVE,
            group_number="G-004417",
            configured_at=datetime(2025, 2, 3, 15, 0, tzinfo=UTC),
            active_at=datetime(2025, 3, 11, 15, 0, tzinfo=UTC),
            disabled_at=None,
            disabled_by=None,
            last_sync_at=datetime(2026, 3, 3, 11, 4, 12, tzinfo=UTC),
            updated_at=datetime(2026, 3, 3, 11, 4, 12, tzinfo=UTC),
        )
    ]


def test_a_sync_arrives_in_utc_whatever_offset_it_was_written_in() -> None:
    [only] = list(exchange(page(sync(synced_at="2026-03-03T06:04:12-05:00")))[0].syncs(None))
    assert only.items == [SyncItem("int_1", datetime(2026, 3, 3, 11, 4, 12, tzinfo=UTC))]


def test_a_message_arrives_masked() -> None:
    item = read_message()
    assert (item.platform_value, item.carrier_value) == ("••••", "••••")
    assert item.text == "Date of birth is [date withheld] here and [date withheld] there."
    assert item.severity is Severity.FAILURE


def test_names_that_a_message_carries_are_taken_out_of_its_text() -> None:
    item = read_message(
        field="last_name",
        platform_value="Smyth",
        carrier_value="Smith",
        employee_name="Jo Smyth",
        text="Jo Smyth is SMITH at the carrier.",
    )
    assert item.text == "[name withheld] is [name withheld] at the carrier."
    assert (item.platform_value, item.carrier_value) == ("S•", "S•")


def test_an_employee_reference_that_is_an_ssn_is_not_kept() -> None:
    assert read_message(employee_ref="123-45-6789").employee_ref is None


def test_a_group_number_written_like_an_ssn_is_not_kept_and_nine_plain_digits_are() -> None:
    assert read_integrations(integration(group_number="000123456")).items[0].group_number == "000123456"
    assert read_integrations(integration(group_number="123-45-6789")).items[0].group_number == "••••"


def test_unknown_fields_are_ignored() -> None:
    raw = integration(colour="green", plan={"name": "P", "type": "life", "tier": 3, "renewal_date": None})
    assert read_integrations(raw).set_aside == []


def test_a_kind_that_is_new_is_kept_and_one_that_is_no_word_becomes_other() -> None:
    assert read_message(kind="moon_phase_conflict").kind == "moon_phase_conflict"
    assert read_message(kind="SSN 123-45-6789").kind == "other"


def test_a_long_text_is_cut_not_refused() -> None:
    text = read_message(text="word " * 5000).text
    assert len(text) == 1000
    assert text.endswith("…")


def test_what_a_store_cannot_hold_is_taken_out_of_a_text() -> None:
    assert read_message(text="a\x00b\ud800c\nd").text == "abc\nd"


def test_hostile_text_is_passed_on_as_it_is() -> None:
    text = '<!channel> "quotes" <script> 🧁 שלום \u202e'
    assert read_message(text=text).text == text


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ({"id": 7}, "id: is not what the contract says"),
        ({"id": "../../etc"}, "id: is not what the contract says"),
        ({"status": "sleeping"}, "status: is not what the contract says"),
        ({"status": None}, "status: is not what the contract says"),
        ({"employer": "Harbor"}, "employer: is not what the contract says"),
        ({"employer": {"id": "emp_1", "name": "  "}}, "employer.name: is empty"),
        ({"employer": {"name": "Harbor"}}, "employer.id: is missing"),
        (
            {"carrier": {"id": "c", "name": "C", "time_zone": "Mars/Olympus"}},
            "carrier.time_zone: is no time zone",
        ),
        (
            {"carrier": {"id": "c", "name": "C", "time_zone": "../../passwd"}},
            "carrier.time_zone: is no time zone",
        ),
        ({"updated_at": 1772535852}, "updated_at: is not text"),
        ({"updated_at": "yesterday"}, "updated_at: is not what the contract says"),
        ({"updated_at": "2026-03-03T11:04:12"}, "updated_at: is not what the contract says"),
        ({"last_sync_at": "2026-03-04T15:10:01Z"}, "last_sync_at: lies in the future"),
        ({"last_sync_at": "9999-12-31T23:59:59-14:00"}, "last_sync_at: lies in the future"),
        ({"active_at": "0001-01-01T00:00:00+14:00"}, "active_at: is too long ago"),
    ],
)
def test_a_malformed_item_is_set_aside_and_the_rest_goes_on(broken: dict[str, Any], reason: str) -> None:
    read = read_integrations(integration(id="int_0"), integration(**broken), integration(id="int_2"))
    assert [item.ref for item in read.items] == ["int_0", "int_2"]
    assert [aside.reason for aside in read.set_aside] == [reason]


def test_ten_minutes_of_skew_are_forgiven_but_never_read_as_progress() -> None:
    read = read_integrations(integration(updated_at="2026-03-04T15:09:59Z"))
    assert len(read.items) == 1
    assert read.updated_to == NOW


def test_an_item_without_an_id_is_set_aside_without_one() -> None:
    raw = integration()
    del raw["id"]
    assert read_integrations(raw, "text", 3, None).set_aside == [
        SetAside(None, "id: is missing"),
        *[SetAside(None, "item: is not what the contract says")] * 3,
    ]


def test_an_id_that_comes_twice_is_counted_once() -> None:
    read = read_integrations(integration(), integration(status="disabled"))
    assert [item.status for item in read.items] == [Status.ACTIVE]
    assert read.set_aside == [SetAside("int_1", "id: came twice in one reading")]


def test_an_item_that_changed_during_the_reading_is_read_again() -> None:
    later = integration(status="disabled", updated_at="2026-03-04T14:59:59Z")
    connector, _ = exchange(page(integration(), next_cursor="a"), page(later))
    assert [item.status for each in connector.integrations(None) for item in each.items] == [
        Status.ACTIVE,
        Status.DISABLED,
    ]


@given(st.sampled_from(sorted(message())), json_values)
def test_no_value_of_any_field_stops_a_reading(field: str, value: object) -> None:
    connector, _ = exchange(page(message(**{field: value}), message(id="msg_2")))
    [read] = list(connector.messages(None))
    assert read.items[-1].ref == "msg_2"
    assert len(read.items) + len(read.set_aside) == 2


@given(json_values)
def test_no_item_of_any_shape_stops_a_reading(raw: object) -> None:
    assert read_integrations(raw, integration()).items


def test_a_reason_never_holds_the_value() -> None:
    raw = message(severity="Ana Lee 123-45-6789", received_at="born 1984-03-12")
    [read] = list(exchange(page(raw))[0].messages(None))
    assert read.set_aside == [SetAside("msg_1", "severity: is not what the contract says")]


def test_an_id_that_is_written_like_an_ssn_is_not_taken_and_nine_plain_digits_are() -> None:
    [only] = list(exchange(page(message(id="219-09-9999"), message(id="219099999")))[0].messages(None))
    assert [item.ref for item in only.items] == ["219099999"]
    assert only.set_aside == [SetAside(None, "id: looks like a Social Security number")]
