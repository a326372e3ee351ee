"""Which channel hears of what, and when.

Tables: subscriptions (with employers and carriers), digests, samples. Use cases: `subscriptions` (save,
remove, test, offer); `routing` chooses channels for alerts, `digest` gathers a day.
"""
