"""`/carrier-status`: the answers, the forms that change an integration, and its cadence."""
