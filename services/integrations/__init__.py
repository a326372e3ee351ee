"""An employer's plan with a carrier: lists, search, what needs someone, and what people ask for it.

Tables: employers, carriers, integrations, syncs, changes, communications, cadence_overrides,
maintenance_windows. Use cases: `listing`, `search`, `history`, `changes` (turn on, turn off, group number),
`communications` (log). `expected` keeps when each sync is due, `pending` how long a turn-on may take.
"""
