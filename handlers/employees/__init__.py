"""`/sync-employees`: the list, one employee, Confirm Sync, Assign Level."""
