"""The tables, one schema. Uniqueness that the rules rest on is here, not in the code that writes."""

from services.store import alerts, changes, employees, exchange, messages, people

__all__ = ["alerts", "changes", "employees", "exchange", "messages", "people"]
