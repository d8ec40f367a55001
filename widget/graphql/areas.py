from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from operator import attrgetter
from typing import Any, Final

from django.http import HttpRequest
from graphql import GraphQLResolveInfo

from api.access import Caller
from api.errors import ApiError, forbidden, user_not_found
from api.instants import milliseconds
from programs.models import Participant
from programs.queries import participant_of
from rewards.models import Reward, RewardEntry
from widget.links import PrimaryLink
from widget.sharing import ShareText

Resolver = Callable[..., Any]
MOST_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class Area:
    """A part of the schema in its own language, and the functions that answer its fields, by ``Type.field``."""

    sdl: str
    resolvers: Mapping[str, Resolver] = field(default_factory=dict)


@dataclass
class Call:
    """Who asks, what the ledger calls their call, and what was found out while answering."""

    request: HttpRequest
    caller: Caller
    request_id: str = ""
    users: dict[int, Participant] = field(default_factory=dict)
    links: dict[int, Mapping[str, PrimaryLink]] = field(default_factory=dict)
    codes_that_referred: dict[int, list[str]] = field(default_factory=dict)
    share_texts: dict[str, ShareText] = field(default_factory=dict)
    rewards: dict[int, Reward] = field(default_factory=dict)
    redemptions: dict[int, list[RewardEntry]] = field(default_factory=dict)
    keys: Iterator[int] = field(default_factory=count)

    @cached_property
    def participant(self) -> Participant | None:
        """Return the user whom the token speaks for, if the caller showed one and the user is registered."""
        subject = self.caller.subject
        if subject is None:
            return None
        return participant_of(account_id=subject.ids.account_id, user_id=subject.ids.user_id)

    def unread_with(self, user: Participant, read: Mapping[int, Any]) -> list[Participant]:
        """Return this user and all who are answered together with them, but those of whom something was read."""
        return [one for one in {**self.users, user.pk: user}.values() if one.pk not in read]

    def entry_key(self) -> str:
        """Return what the ledger calls the next thing that this call does, of which a query may ask for several."""
        return f"api:{self.request_id}:{next(self.keys)}"

    def forget(self) -> None:
        """Forget what was found out, because something was changed."""
        self.users.clear()
        self.links.clear()
        self.codes_that_referred.clear()
        self.rewards.clear()
        self.redemptions.clear()
        self.__dict__.pop("participant", None)

    def needed_participant(self) -> Participant:
        """
        Return the user whom the token speaks for.

        :raises ApiError: if there is none
        """
        if self.caller.subject is None:
            raise forbidden("This needs a user's token.")
        if self.participant is None:
            raise user_not_found()
        return self.participant


Info = GraphQLResolveInfo[Call]


def call_of(info: Info) -> Call:
    """Return who asks."""
    return info.context


def attribute(name: str) -> Resolver:
    """Return what answers a field with an attribute, of a related object where the name has dots."""
    read = attrgetter(name)
    return lambda source, _info, **_arguments: read(source)


def instant_of(name: str) -> Resolver:
    """Return what answers a field with an instant, in milliseconds."""
    read = attrgetter(name)
    return lambda source, _info, **_arguments: milliseconds(read(source))


def envelope(rows: Sequence[Any], total: int) -> dict[str, Any]:
    """Return a page of a list as clients read it."""
    return {"data": rows, "count": len(rows), "totalCount": total}


def page_bounds(limit: int, offset: int) -> slice:
    """
    Return which rows are asked for.

    :raises ApiError: if there can be no such page
    """
    if not 0 <= limit <= MOST_AT_ONCE or not 0 <= offset <= 10**9:
        raise ApiError(400, "BAD_REQUEST", f"limit must be from 0 to {MOST_AT_ONCE}, and offset from 0.")
    return slice(offset, offset + limit)
