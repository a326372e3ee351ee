"""`/carrier-messages`: the list, one message, many at once, and escalation."""
