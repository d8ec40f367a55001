"""The words by which a participant is found: a search is a scan of those that begin with what was typed."""

from __future__ import annotations

import hashlib
import re

from advocate.lib import east_asian
from advocate.lib.folding import fold, folded_words
from programs.models import Participant

LONGEST = 100
MOST_WORDS = 8
# A name without spaces is found from any of its characters; beyond these few nobody remembers where it began.
CJK_STARTS = 12
DIGEST_MARK = "\x01"  # what a person types has none
DIGEST_LENGTH = 16
_CJK_RUN = re.compile(f"[{east_asian.LETTERS}]+")
_PARTS = re.compile(r"[\W_]+")
_LEADING_MARKS = re.compile(r"^[\W_]+")


def terms_of(participant: Participant) -> set[str]:
    """Return the folded words that find a participant."""
    first, last = participant.first_name, participant.last_name
    terms = _name_terms(first) | _name_terms(last) | _cjk_starts(fold(last + first)) | _email_terms(participant.email)
    for identifier in (participant.user_id, participant.account_id):
        terms |= _id_terms(identifier)
    return {term[:LONGEST] for term in terms}


def digest_terms_of(participant: Participant) -> set[str]:
    """Return the terms that find a participant by a digest of their address; no word of a search begins like them."""
    return {digest_term(digest) for digest in email_digests(participant.email)} if participant.email else set()


def digest_term(digest: str) -> str:
    """Return the term that finds the addresses of this digest, among very few others."""
    return DIGEST_MARK + digest[:DIGEST_LENGTH]


def email_digests(email: str) -> tuple[str, str]:
    """Return the SHA-1 and the SHA-256 of an address, trimmed and in lower case, as shops send them."""
    plain = email.strip().lower().encode()
    return hashlib.sha1(plain, usedforsecurity=False).hexdigest(), hashlib.sha256(plain).hexdigest()


def words_of(query: str) -> list[str]:
    """
    Return the folded words of what a person typed, the longest ones first and none that begins another.

    ``@example.com`` asks for the domain, whose term has no ``@``.
    """
    words: list[str] = []
    for word in sorted(folded_words(query.replace("\x00", "").replace(DIGEST_MARK, "")), key=len, reverse=True):
        cut = (word.lstrip("@") or word)[:LONGEST]
        if not any(longer.startswith(cut) for longer in words):
            words.append(cut)
    return words[:MOST_WORDS]


def _name_terms(name: str) -> set[str]:
    """Return ``o'brien``, ``brien`` and ``obrien`` for an O'Brien."""
    words = folded_words(name)
    joined = {_PARTS.sub("", word) for word in words if not word.isalnum()}
    return {*words, *joined} - {""} | _later_parts(words)


def _email_terms(email: str) -> set[str]:
    """Return the address, the later parts of its mailbox and its domain: ``garcia`` of ``ana.garcia@example.com``."""
    mailbox, _at, domain = email.partition("@")
    return {*folded_words(email), *folded_words(domain)} | _later_parts(folded_words(mailbox))


def _id_terms(identifier: str) -> set[str]:
    """Return the words of an id, with and without marks at their beginning: ``+4412`` and ``4412``."""
    words = folded_words(identifier)
    bare = {_LEADING_MARKS.sub("", word) for word in words if not word[0].isalnum()}
    return {*words, *bare} - {""}


def _later_parts(words: list[str]) -> set[str]:
    """Return what follows a mark inside a word; the first part begins the word, which finds it already."""
    marked = (word for word in words if not word.isalnum())  # most words have no mark
    return {part for word in marked for part in _PARTS.split(word)[1:] if len(part) > 1}


def _cjk_starts(text: str) -> set[str]:
    """Return what each run of Chinese, Japanese or Korean characters reads as from its first characters on."""
    if text.isascii():
        return set()
    runs = (match.group() for match in _CJK_RUN.finditer(text))
    return {run[start:] for run in runs for start in range(min(len(run), CJK_STARTS))}
