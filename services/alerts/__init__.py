"""What people should know until it is over: a file for each kind, with when it opens, what it says, how
it ends.

Tables: alerts, alert_events, mutes. Use cases: `actions` (acknowledge, snooze, mute); by the clock:
`late`, `reminders`, `unreachable`; by news: `failures`, `status`, `carrier`. One open alert per cause:
`lifecycle`.
"""
