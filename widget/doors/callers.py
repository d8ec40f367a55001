from __future__ import annotations

from typing import Final

from django.http import HttpRequest

from api.access import Anyone, Caller, Doors, Key, Token
from api.errors import unauthorized

# A user's token, a shop's key, or nobody in particular.
WHOEVER: Final[Doors] = (Key("read"), Token(), Anyone())
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
