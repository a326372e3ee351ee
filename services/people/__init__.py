"""Who may what, and who did what.

Tables: people, people_employers, people_zones, audit_events. Use cases: `roles` (assign, remove),
`audit_log`; `audit` writes an event in the transaction of what it tells of.
"""
