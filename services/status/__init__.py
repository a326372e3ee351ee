"""`/carrier-status`: what works, and why an integration is not syncing.

Use cases: `answer` (summary, lists, one integration), `cadence_settings` (set a cadence, plan a window).
`diagnosis` goes through the causes in order over a `case`; `verdicts`, `sentences` and `evidence` say it.
"""
