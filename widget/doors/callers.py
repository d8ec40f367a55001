from __future__ import annotations

from typing import Final

from django.http import HttpRequest

from advocate.lib import clock
from api.access import Anyone, Caller, Doors, Key, Token, sent_token, tenant_alias_of
from api.errors import tenant_not_found, unauthorized
from api.throttle import count_call, open_calls
from team.queries import company
from widget.recording import read_recording_token


class RecordingToken:
    """Let the page of a microsite in, for the participant whom it was made for; it changes nothing of a user."""

    def __call__(self, request: HttpRequest) -> Caller | None:
        """
        Return the caller if such a token was sent.

        :raises ApiError: if it does not hold, is for another tenant, or comes too often
        """
        subject = read_recording_token(sent_token(request))
        if subject is None:
            return None
        if company().tenant_alias != tenant_alias_of(request):
            raise tenant_not_found()
        at = clock.now()
        count_call(request, open_calls(), at=at)
        return Caller(at, subject=subject, may_write=False)


# A user's token, a shop's key, or nobody in particular.
WHOEVER: Final[Doors] = (Key("read"), RecordingToken(), Token(), Anyone())
SOMEBODY: Final[Doors] = (Key("write"), Token())


def let_in(request: HttpRequest, doors: Doors) -> Caller:
    """
    Return who calls, by the first door that lets them in.

    :raises ApiError: if none does
    """
    for door in doors:
        caller: Caller | None = door(request)
        if caller is not None:
            return caller
    raise unauthorized()
