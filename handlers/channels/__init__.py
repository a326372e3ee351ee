"""`/carrier-alerts`: subscriptions, the sample, and what Slack tells of channels."""
