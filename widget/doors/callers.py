from __future__ import annotations

from typing import Final

from django.http import HttpRequest

from advocate.lib import clock
from api.access import Anyone, Caller, Doors, Key, Token, sent_token, tenant_alias_of
from api.errors import tenant_not_found, unauthorized
from api.throttle import count_call, open_calls
from team.queries import company
from widget.demo import DEMO
from widget.own_tokens import OwnTokens
from widget.recording import RECORDING


class OwnToken:
    """Let our own pages in, for the participant whom their token was made for."""

    def __init__(self, tokens: OwnTokens, *, may_write: bool) -> None:
        self.tokens = tokens
        self.may_write = may_write

    def __call__(self, request: HttpRequest) -> Caller | None:
        """
        Return the caller if such a token was sent.

        :raises ApiError: if it does not hold, is for another tenant, or comes too often
        """
        subject = self.tokens.read(sent_token(request))
        if subject is None:
            return None
        if company().tenant_alias != tenant_alias_of(request):
            raise tenant_not_found()
        at = clock.now()
        count_call(request, open_calls(), at=at)
        return Caller(at, subject=subject, may_write=self.may_write)


MICROSITE: Final = OwnToken(RECORDING, may_write=False)
SANDBOX: Final = OwnToken(DEMO, may_write=True)
# A user's token, a shop's key, or nobody in particular.
WHOEVER: Final[Doors] = (Key("read"), MICROSITE, SANDBOX, Token(), Anyone())
SOMEBODY: Final[Doors] = (Key("write"), SANDBOX, Token())


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
