"""The masking of texts as it was before its patterns were made linear, to hold the new one against.

Never call it with a long text: 500 asterisks take it 18 seconds.
"""

from __future__ import annotations

import re
import unicodedata

NUMBER, DATE, AMOUNT, EMAIL, NAME = (
    f"[{what} withheld]" for what in ("number", "date", "amount", "e-mail", "name")
)

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_NUMERIC_DATE = r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})"
_DATE = re.compile(
    rf"(?<!\d)(?:{_NUMERIC_DATE})(?!\d)"
    rf"|\b{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?\b(?:,?\s+\d{{4}}\b)?"
    rf"|\b\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH},?(?:\s+\d{{4}}\b)?",
    re.IGNORECASE,
)
# With the digits that a number goes on with on either side: "1-23456789@x" leaves none of its own behind.
_EMAIL = re.compile(
    r"(?:(?:\d{1,20}[\W_]{1,5}){1,20}(?=\d))?(?<![\w.+%'-])[\w.+%'-]+@[\w-]+(?:\.[\w-]+)*"
    r"(?:(?<=\d)(?:[\W_]{0,5}\d){1,20})?"
)
# Seven digits or more with up to five signs between two of them: any way to write an SSN is one of these.
_CHAIN = re.compile(r"(?:[$€£¥₹]\s?)?\d(?:[\W_]{0,5}\d){6,}")
_AMOUNT = re.compile(
    r"[$€£¥₹]\s?\d[\d,.]*\s?[km]?\b"
    r"|(?<![\d,])\d{1,3}(?:,\d{3})+(?:\.\d+)?"
    r"|\d[\d,.]*\s?(?:usd|eur|gbp|dollars?)\b"
    r"|(?<!\d)(?!401k)\d{2,3}k\b",
    re.IGNORECASE,
)
_CURRENCIES = "$€£¥₹"
_LONG_RUN = re.compile(r"\d{5,}")
# "SSN ends in 6789" and "XXX-XX-6789" give away the part that people are asked for.
_SSN_PART = re.compile(r"(?P<before>\b(?:ssn|social security)\D{0,40}?)\d{3,}", re.IGNORECASE)
_SSN_TAIL = re.compile(r"(?:[xX*•#]{2,}[\W_]{0,3}){1,2}\d{4}(?!\d)")


def mask_text(text: str) -> str:
    while (masked := _mask_once(text)) != text:
        text = masked
    return text


def _mask_once(text: str) -> str:
    text = _CHAIN.sub(_placeholder, _EMAIL.sub(EMAIL, _plain_digits(text)))
    text = _AMOUNT.sub(AMOUNT, _DATE.sub(DATE, _SSN_TAIL.sub(NUMBER, text)))
    text = _SSN_PART.sub(rf"\g<before>{NUMBER}", text)
    return _LONG_RUN.sub(NUMBER, text)


def _placeholder(chain: re.Match[str]) -> str:
    if chain[0][0] in _CURRENCIES:
        return AMOUNT
    return DATE if _DATE.fullmatch(chain[0]) else NUMBER


def _plain_digits(text: str) -> str:
    """Digits of other scripts and shapes as 0-9, one for one: an SSN in full-width digits is an SSN."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.digit(sign, sign)) for sign in text)
