"""What people write freely, and what is kept out of it: refused at the field rather than kept and masked."""

from __future__ import annotations

from services import privacy

_SSN = "That looks like a Social Security number. Leave it out; nothing was saved."
_DATE = "Leave dates out: one could be a date of birth. Nothing was saved."


def refusal(note: str, longest: int, *, ssn: str = _SSN, date: str = _DATE) -> str | None:
    """Why a note is not taken, or None: it is too long, or holds what might be private.

    `ssn` and `date` are the sentences for what looks like one, with the next step where it stands.
    """
    if len(note) > longest:
        return f"Keep the note under {longest:,} characters; it has {len(note):,}."
    if privacy.looks_like_ssn(note):
        return ssn
    masked = privacy.mask_text(note)
    private = {
        privacy.EMAIL: "Leave e-mail addresses out: they are private. Nothing was saved.",
        privacy.DATE: date,
        privacy.AMOUNT: "Leave amounts out: pay is private. Nothing was saved.",
        privacy.NUMBER: "Leave long numbers out: one could be private. Nothing was saved.",
    }
    return next((sentence for sign, sentence in private.items() if sign in masked), None)
