"""Every error that Lastsync raises on purpose.

    LastsyncError
    ├── Refused                 the person asked for something that cannot be done as asked
    │   ├── Unentitled
    │   │   ├── NoRole          nobody gave this person a role yet
    │   │   └── NotAllowed      the role does not include it
    │   ├── NotFound            it is not there, or not visible to this person (the same sentence for both)
    │   ├── MovedOn             the button or form is older than what it speaks of
    │   └── Invalid             a form field needs another value
    └── Outside                 another system did not do what was asked
        ├── Rejected            it said no; asking again changes nothing
        ├── Unavailable         it did not answer, or asked us to wait
        │   └── Misconfigured   it does not let us in: a setting of Lastsync's is wrong
        └── Doubtful            no answer came, and it may have happened

What an error means for work that waits is decided in `services.outbox.meaning`.

`sentence` is what a person reads: plain text, short, without private values, with the next step. `again` says
whether the same request may succeed later.
"""

from __future__ import annotations


class LastsyncError(Exception):
    again = False

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Refused(LastsyncError):
    pass


class Unentitled(Refused):
    """`ask` are the Slack users who can give the right; the layer that speaks to Slack names them."""

    def __init__(self, sentence: str, ask: frozenset[str] = frozenset()) -> None:
        super().__init__(sentence)
        self.ask = ask


class NoRole(Unentitled):
    pass


class NotAllowed(Unentitled):
    pass


class NotFound(Refused):
    pass


class MovedOn(Refused):
    pass


class Invalid(Refused):
    """`fields` maps a form field's name to the sentence shown under it."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__(next(iter(fields.values())))
        self.fields = fields


class Outside(LastsyncError):
    pass


class Rejected(Outside):
    """`code` is the other system's own error code, where it has one (Slack's `is_archived`)."""

    def __init__(self, sentence: str, code: str = "") -> None:
        super().__init__(sentence)
        self.code = code


class Unavailable(Outside):
    """`retry_after` is in seconds; None where the other system named no time."""

    again = True

    def __init__(self, sentence: str, retry_after: float | None = None) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class Misconfigured(Unavailable):
    """A token, what it may do, or an address. It is as true of the next request: an operator mends it."""


class Doubtful(Outside):
    again = True
