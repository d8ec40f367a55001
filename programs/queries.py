from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import chain
from typing import TypeVar

from django.db import connection
from django.db.models import Case, Exists, F, Model, OuterRef, Prefetch, Q, QuerySet, Subquery, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Lower

from advocate.lib.capped import CappedCount, capped_count
from advocate.lib.found import MOST_FOUND, Found, first_of
from advocate.lib.prefixes import ascii_lower, following
from programs.models import CODE_FORM, Conversion, Participant, Program, Referral, ReferralCode, SearchTerm, ShareLink
from programs.terms import digest_term, email_digests, words_of
from team.models import AuditEntry

ModelT = TypeVar("ModelT", bound=Model)

# Measured at a million participants: up to about so many terms, fetching all matches and sorting them by their age is
# quicker than trying the participants by their age.
FEW_TERMS = 20_000
# Participants whom two such words find together are rarer, so that trying all of them takes longer.
FEW_TERMS_OF_SEVERAL = 40_000
# Measured at 300,000: up to about so many terms it is quicker to look at each one's participant than to intersect.
FEW_LOOKED_UP = 5_000
# Where every second participant matches, the first so many of the newest hold enough of them. How many of those match
# tells whether more of them would: measured at a million, to try more takes as long as to go through all terms.
NEWEST_TRIED = 2_000
MOST_TRIED = 40_000
PEOPLE_SEARCHED = 500  # a word that finds more people than this is not what somebody looks for
CHOSEN_FROM = (Program.Status.LIVE, Program.Status.DRAFT, Program.Status.PAUSED)


def search_participants(
    query: str, *, among: QuerySet[Participant] | None = None, most: int = MOST_FOUND
) -> Found[Participant]:
    """
    Find the participants, of those given, whom each word of ``query`` finds by its beginning.

    A name, an e-mail address or an id begins with the word, whatever their case and accents. Words that begin
    thousands of them find the newest ``most``. A single word finds the holders of codes that begin with it, too.
    """
    participants = Participant.objects.all() if among is None else among
    words = words_of(query)
    if not words:
        return Found(participants, most=most)
    counts = _term_counts(words)
    rarest = min(words, key=lambda word: counts[word])
    is_dense = counts[rarest] > (FEW_TERMS if len(words) == 1 else FEW_TERMS_OF_SEVERAL)
    if is_dense:
        newest = _try_dense(participants, words, most + 1)
    elif len(words) > 1 and counts[rarest] > _few_looked_up(count for word, count in counts.items() if word != rarest):
        newest = _intersect(participants, words, most + 1)
    else:
        newest = _try_matches(participants, words, rarest)
    holders = _code_holders(participants, query.strip(), most)
    # Whose code it is, if it is one, comes first and is never cut off.
    found = list(dict.fromkeys([*holders[:1], *sorted({*holders, *newest}, reverse=True)]))
    return first_of(found, among=participants, most=most)


def _few_looked_up(others: Iterable[int]) -> int:
    """Return up to how many terms of the rarest word to look up; another word that finds all would be read wholly."""
    return FEW_TERMS if min(others) > FEW_TERMS_OF_SEVERAL else FEW_LOOKED_UP


def _code_holders(participants: QuerySet[Participant], text: str, most: int) -> list[int]:
    """Return who has a code that begins with ``text``, the whole of it first; that one only where too many begin so."""
    if not re.match(CODE_FORM, text):
        return []
    codes = codes_beginning_with(text)
    if participants.query.where:
        codes = codes.filter(participant__in=participants.order_by().values("pk"))
    holders = list(codes.values_list("participant", flat=True)[: most + 1])
    if len(holders) <= most:
        return holders
    exact = referral_code(text)
    return [exact.participant_id] if exact and participants.filter(pk=exact.participant_id).exists() else []


def _try_dense(participants: QuerySet[Participant], words: Sequence[str], enough: int) -> list[int]:
    """Try the newest participants; only one word is sure to find enough soon: two common ones may be rare together."""
    if len(words) == 1:
        return _try_newest(participants, words, enough)
    for tried in (NEWEST_TRIED, MOST_TRIED):
        oldest = participants.order_by("-created_at", "-pk").values_list("created_at", flat=True)[tried : tried + 1]
        last = next(iter(oldest), None)
        among = participants if last is None else participants.filter(created_at__gt=last)
        found = _try_newest(among, words, enough)
        if last is None or len(found) == enough:
            return found
        if len(found) * MOST_TRIED < enough * tried:
            break
    return _intersect(participants, words, enough)


def _intersect(participants: QuerySet[Participant], words: Sequence[str], enough: int) -> list[int]:
    """Return whom all of the words find, the latest first, by going through what each of them finds once."""
    if not participants.query.where:
        with connection.cursor() as cursor:
            sql, ends = _holders_of_all(words)
            cursor.execute(f"{sql} ORDER BY participant_id DESC LIMIT {enough:d}", ends)
            return [pk for (pk,) in cursor.fetchall()]
    found = participants.filter(pk__in=RawSQL(*_holders_of_all(words))).order_by("-pk")  # noqa: S611  see below
    return list(found.values_list("pk", flat=True)[:enough])


def _holders_of_all(words: Sequence[str]) -> tuple[str, list[str]]:
    """
    Return the query of whom all of the words find, and its parameters, which are what was typed.

    Each word's stretch of the index is read once, in one go.
    """
    one = "SELECT participant_id FROM programs_searchterm WHERE term >= %s AND term < %s"
    return " INTERSECT ".join([one] * len(words)), [end for word in words for end in (word, following(word))]


def _try_newest(participants: QuerySet[Participant], words: Sequence[str], enough: int) -> list[int]:
    """Try the participants by their age: matches are dense, so that enough of them are met soon."""
    found = _holding(participants, words, outer="pk").order_by("-created_at", "-pk")
    return list(found.values_list("pk", flat=True)[:enough])


def _try_matches(participants: QuerySet[Participant], words: Sequence[str], rarest: str) -> list[int]:
    """Try whom the rarest word finds, and return the latest first; they are few enough to be sorted here."""
    terms = SearchTerm.objects.filter(_begins_with(rarest))
    if participants.query.where:
        terms = terms.filter(participant__in=participants.order_by().values("pk"))
    found = _holding(terms, [word for word in words if word != rarest], outer="participant")
    return sorted(set(found.values_list("participant", flat=True)), reverse=True)


def _holding(rows: QuerySet[ModelT], words: Sequence[str], *, outer: str) -> QuerySet[ModelT]:
    """
    Return the rows whose participant has a term for each of the words, asked for row by row.

    ``Exists`` would say the same, but PostgreSQL makes a join of it and then begins at the wrong end.
    """
    for place, word in enumerate(words):
        own = SearchTerm.objects.filter(_begins_with(word), participant=OuterRef(outer)).values("term")[:1]
        rows = rows.alias(**{f"word{place}": Subquery(own)}).filter(**{f"word{place}__isnull": False})
    return rows


def _term_counts(words: Sequence[str]) -> dict[str, int]:
    """Count the terms that begin with each word, as far as it matters, in one query: both engines plan badly alone."""
    one = "SELECT %s, (SELECT COUNT(*) FROM (SELECT 1 FROM {} WHERE term >= %s AND term < %s LIMIT %s) AS few)"
    sql = " UNION ALL ".join([one.format(connection.ops.quote_name(SearchTerm._meta.db_table))] * len(words))
    params = [
        value for place, word in enumerate(words) for value in (place, word, following(word), FEW_TERMS_OF_SEVERAL + 1)
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return {words[place]: count for place, count in cursor.fetchall()}


def _begins_with(word: str) -> Q:
    """Return the range of terms that begin with ``word``: both engines serve it from the index, unlike SQLite LIKE."""
    return Q(term__gte=word, term__lt=following(word))


def participant_of(*, account_id: str, user_id: str) -> Participant | None:
    """Return the participant of these ids."""
    return Participant.objects.filter(account_id=account_id, user_id=user_id).first()


def account_exists(account_id: str) -> bool:
    """Say whether any participant belongs to this account."""
    return Participant.objects.filter(account_id=account_id).exists()


@dataclass(frozen=True, slots=True)
class HeldCode:
    """An advocate's primary code in a program with the address of its share link; both empty before they join."""

    code: str
    slug: str

    @property
    def is_whole(self) -> bool:
        """Say whether there are both."""
        return bool(self.code and self.slug)


def codes_of_live_programs(participant: Participant) -> dict[str, HeldCode]:
    """Return the participant's primary code and share link in each live program, by its key, in one query."""
    own = {"program": OuterRef("pk"), "participant": participant, "is_primary": True}
    primary = ReferralCode.objects.filter(**own)
    current = ShareLink.objects.filter(retired_at__isnull=True, **{f"code__{name}": of for name, of in own.items()})
    live = Program.objects.filter(status=Program.Status.LIVE).annotate(
        code=Subquery(primary.values("code")[:1]), slug=Subquery(current.values("slug")[:1])
    )
    rows = live.order_by("pk").values_list("key", "code", "slug")
    return {key: HeldCode(code or "", slug or "") for key, code, slug in rows}


def codes_that_referred(participant: Participant) -> list[str]:
    """Return the codes that the participant came by, the newest first."""
    return codes_that_referred_each([participant])[participant.pk]


def codes_that_referred_each(participants: Sequence[Participant]) -> dict[int, list[str]]:
    """Return the codes that each of these participants came by, the newest first, in one query."""
    found: dict[int, list[str]] = {one.pk: [] for one in participants}
    codes = Referral.objects.filter(referred__in=list(found)).exclude(code_used="")
    for referred, code in codes.order_by("-date_started", "-pk").values_list("referred_id", "code_used"):
        found[referred].append(code)
    return found


def primary_codes_of(participants: Sequence[Participant]) -> dict[int, str]:
    """Return a primary code of each participant who has one, in one query: that of the program joined last."""
    codes = ReferralCode.objects.filter(participant__in=[one.pk for one in participants], is_primary=True)
    return dict(codes.order_by("pk").values_list("participant_id", "code"))


def advocate_of_code(code: str) -> ReferralCode | None:
    """Return a referral code that works, with its advocate; disabled codes and blocked advocates are as if unknown."""
    found = referral_code(code)
    if found is None or found.disabled_at is not None or found.participant.is_blocked:
        return None
    return found


def participants_with_email(email: str) -> QuerySet[Participant]:
    """Return the participants with this address, in any case of its ASCII letters."""
    return Participant.objects.alias(email_lower=Lower("email")).filter(email_lower=ascii_lower(email))


def participants_with_email_digest(digest: str) -> list[Participant]:
    """Return the participants whose address has this SHA-1 or SHA-256 in hexadecimal digits of lower case."""
    found = Participant.objects.filter(search_terms__term=digest_term(digest)).order_by("pk")
    return [participant for participant in found if digest in email_digests(participant.email)]


def referral_code(code: str) -> ReferralCode | None:
    """Return the code, in whatever case it is written, with its participant and program."""
    found = ReferralCode.objects.alias(code_lower=Lower("code")).filter(code_lower=ascii_lower(code))
    return found.select_related("participant", "program").first()


def codes_beginning_with(text: str) -> QuerySet[ReferralCode]:
    """Return the codes that begin with ``text`` in any case, in their order."""
    low = ascii_lower(text)
    codes = ReferralCode.objects.annotate(code_lower=Lower("code")).select_related("participant", "program")
    if not low or "\x00" in low:
        return codes.none()
    return codes.filter(code_lower__gte=low, code_lower__lt=following(low)).order_by("code_lower")


def search_programs(query: str, *, among: QuerySet[Program] | None = None) -> QuerySet[Program]:
    """Return the programs, of those given, whose name or key holds each word; there are few, so all are looked at."""
    programs = Program.objects.all() if among is None else among
    for word in query.replace("\x00", "").split():
        programs = programs.filter(Q(name__icontains=word) | Q(key__icontains=word))
    return programs


def program_of_key(key: str) -> Program | None:
    """Return the program of this key, in any case of its letters: the database lets no two differ by that alone."""
    return Program.objects.alias(key_lower=Lower("key")).filter(key_lower=ascii_lower(key)).first()


def programs_in_order() -> QuerySet[Program]:
    """Return the programs as one chooses from them: the live ones first, then the drafts, then the paused ones."""
    places = [When(status=status, then=place) for place, status in enumerate(CHOSEN_FROM)]
    return Program.objects.order_by(Case(*places), "name", "pk")


@dataclass(frozen=True, slots=True)
class ProgramNumbers:
    """How much a program is used."""

    participants: CappedCount
    referrals: CappedCount
    converted: CappedCount


def program_numbers(program: Program) -> ProgramNumbers:
    """Count who has a code of the program, whom they referred, and who of them converted."""
    referrals = Referral.objects.filter(program=program)
    return ProgramNumbers(
        participants=capped_count(ReferralCode.objects.filter(program=program, is_primary=True)),
        referrals=capped_count(referrals),
        converted=capped_count(referrals.filter(date_converted__isnull=False)),
    )


def referrals_received(participant: Participant) -> QuerySet[Referral]:
    """Return who referred the participant, in each program, newest first."""
    found = Referral.objects.filter(referred=participant).select_related("program", "referrer")
    return found.order_by("-date_started", "-pk")


def referrals_made(participant: Participant) -> QuerySet[Referral]:
    """Return whom the participant referred, newest first."""
    found = Referral.objects.filter(referrer=participant).select_related("program", "referred")
    return found.order_by("-date_started", "-pk")


@dataclass(frozen=True, slots=True)
class Side:
    """Who is meant on one side of referrals: nobody in particular, an account, or one user."""

    account_id: str | None = None
    user_id: str | None = None

    @property
    def is_whole(self) -> bool:
        """Say whether both ids are given."""
        return bool(self.account_id and self.user_id)


def find_referrals(
    *, referrer: Side, referred: Side | None = None, since: datetime | None = None, until: datetime | None = None
) -> QuerySet[Referral]:
    """Return the referrals between these sides that started within a period, the newest first."""
    sides = {"referrer": referrer, "referred": referred or Side()}
    found = Referral.objects.select_related("program", "referrer", "referred").order_by("-date_started", "-pk")
    for role, side in sides.items():
        wanted = {"account_id": side.account_id, "user_id": side.user_id}
        if given := {name: value for name, value in wanted.items() if value is not None}:
            found = found.filter(**{f"{role}__in": Participant.objects.filter(**given).values("pk")})
    if since is not None:
        found = found.filter(date_started__gte=since)
    return found if until is None else found.filter(date_started__lte=until)


def referral_of_id(number: int) -> Referral | None:
    """Return the referral of this number."""
    found = Referral.objects.select_related("program", "referrer", "referred")
    return found.filter(pk=number).first() if number < 2**63 else None


def codes_of(participant: Participant) -> QuerySet[ReferralCode]:
    """Return the participant's referral codes with their links: by program, the primary first, disabled ones last."""
    links = Prefetch("share_links", ShareLink.objects.order_by(F("retired_at").desc(nulls_first=True), "-pk"))
    codes = ReferralCode.objects.filter(participant=participant).select_related("program").prefetch_related(links)
    working_first = F("disabled_at").asc(nulls_first=True)
    return codes.order_by("program__name", "program_id", "-is_primary", working_first, "-created_at", "-pk")


def programs_to_join(participant: Participant) -> QuerySet[Program]:
    """Return the programs of which the participant is no advocate yet."""
    own = ReferralCode.objects.filter(participant=participant, program=OuterRef("pk"), is_primary=True)
    return programs_in_order().filter(~Exists(own))


def share_link(slug: str) -> ShareLink | None:
    """Return the link with this address, in any case, with its code, the code's program and its advocate."""
    if "\x00" in slug:
        return None
    found = ShareLink.objects.alias(slug_lower=Lower("slug")).filter(slug_lower=ascii_lower(slug))
    return found.select_related("code__program", "code__participant").first()


class Happening(StrEnum):
    """What a line of a participant's activity tells besides the changes of the audit list."""

    WAS_REFERRED = "was_referred"
    CONVERTED = "converted"
    REFERRED = "referred"
    FRIEND_CONVERTED = "friend_converted"


@dataclass(frozen=True, slots=True)
class Activity:
    """Something that happened to a participant: a change by someone, or a step of a referral."""

    at: datetime
    entry: AuditEntry | None = None
    happening: Happening | None = None
    referral: Referral | None = None


def activity_of(participant: Participant, *, skip: int, limit: int) -> list[Activity]:
    """Return what happened to a participant, newest first; ``skip`` and ``limit`` are meant to be small."""
    upto = skip + limit
    entries = AuditEntry.objects.filter(object_type=Participant._meta.label_lower, object_id=str(participant.pk))
    newest = entries.select_related("user").order_by("-at", "-pk")
    changes = (Activity(at=entry.at, entry=entry) for entry in newest[:upto])
    # There is one at most in each program.
    received = list(referrals_received(participant)[:upto])
    made = referrals_made(participant)
    steps: tuple[tuple[Iterable[Referral], str, Happening], ...] = (
        (received, "date_started", Happening.WAS_REFERRED),
        (received, "date_converted", Happening.CONVERTED),
        (made[:upto], "date_started", Happening.REFERRED),
        (
            made.order_by("-date_converted", "-pk").exclude(date_converted=None)[:upto],
            "date_converted",
            Happening.FRIEND_CONVERTED,
        ),
    )
    happenings = (
        Activity(at=getattr(referral, date), happening=happening, referral=referral)
        for referrals, date, happening in steps
        for referral in referrals
        if getattr(referral, date) is not None
    )
    return sorted(chain(changes, happenings), key=lambda line: line.at, reverse=True)[skip:upto]


def conversion_of_id(public_id: str) -> Conversion | None:
    """Return the conversion of this id, with its program, people and referral."""
    found = Conversion.objects.select_related("program", "friend", "advocate", "referral")
    return found.filter(public_id=public_id).first()
