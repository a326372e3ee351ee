"""What carriers refuse or ask, from the first reading until a sync proves it gone.

Tables: carrier_messages, message_refs, resolutions, bulks, escalations. Use cases: `listing`, `view`,
`resolutions` (resolve), `bulk`, `escalations`. `life` says where a message stands, `kinds` what each kind
asks, `clearing` when it has gone and when it came back.
"""
