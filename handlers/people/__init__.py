"""People and their roles, and the audit log."""
