"""Employees on their way from HR to the Benefits platform.

Tables: employees, batches, attempts, levels, selections. Use cases: `listing`, `history`, `selections`
(choose), `batches` (sync, try again, assign a Level). `hr_intake` reads HR, `sending` sends, `alerts`
tells of failures.
"""
