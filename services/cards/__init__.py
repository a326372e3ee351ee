"""What a channel must show: a card is one message that is kept true.

Tables: cards, channels. `cards` says that something is to be shown, `delivery` what is sent and how it went,
`proof` that every due alert has its card, `undelivered` tells operators of a card that could not be shown.
"""
