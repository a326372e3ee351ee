"""What every story uses: rendering, Slack's limits, forms, modals, errors, ids and shared words."""
