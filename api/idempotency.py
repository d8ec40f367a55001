"""``Idempotency-Key``: the first answer is kept for good, and whoever repeats the call gets it again."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse

from advocate.lib.db import instant_param
from advocate.lib.errors import DomainError
from api.access import Caller, caller_of
from api.errors import ApiError, as_text, bad_request, conflict, text_reply
from api.models import StoredAnswer
from api.refusals import refusal_of

KEY_HEADER: Final = "Idempotency-Key"
LONGEST: Final = 255
# The row that is there already wins; on PostgreSQL this waits for a call under way with the same key.
CLAIM: Final = """
    INSERT INTO api_storedanswer (api_key_id, key, request_digest, request_id, status, body, created_at)
    VALUES (%s, %s, %s, %s, 0, '', %s) ON CONFLICT (api_key_id, key) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call is answered: its body as it is to be sent, also the second time."""

    body: Any
    status: int = 200


@dataclass(frozen=True, slots=True)
class Call:
    """A call that moves money or codes; ``request_id`` names it in the ledger and in its answer's header."""

    caller: Caller
    request_id: str


def once(request: HttpRequest, work: Callable[[Call], Answer]) -> HttpResponse:
    """
    Do the work and answer; with an ``Idempotency-Key``, only for the first call of the key.

    A refusal of the domain is an answer, too, and kept; what could not be read or failed on our side is not.

    :raises ApiError: if the key came before with another request
    """
    caller = caller_of(request)
    key = request.headers.get(KEY_HEADER)
    if key is None or caller.key is None:
        return _sent(*_done(work, Call(caller, new_request_id())))
    if not 0 < len(key) <= LONGEST or not key.isascii() or not key.isprintable():
        raise bad_request(f"An Idempotency-Key has 1 to {LONGEST} printable ASCII characters.")
    with transaction.atomic():
        call = Call(caller, new_request_id())
        if not _claim(request, call, key):
            return _first_answer(request, call, key)
        status, text, request_id = _done(work, call)
        StoredAnswer.objects.filter(api_key=caller.key, key=key).update(status=status, body=text)
    return _sent(status, text, request_id)


def _done(work: Callable[[Call], Answer], call: Call) -> tuple[int, str, str]:
    try:
        with transaction.atomic():
            answer = work(call)
            return answer.status, as_text(answer.body), call.request_id
    except DomainError as error:
        refusal = refusal_of(error)
    except ApiError as error:
        refusal = error
    return refusal.status, as_text(refusal.body()), call.request_id


def _claim(request: HttpRequest, call: Call, key: str) -> bool:
    """Take the key for this call, and say whether it was free."""
    assert call.caller.key is not None
    values = [call.caller.key.pk, key, _digest(request), call.request_id, instant_param(call.caller.at)]
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, values)
        return bool(cursor.rowcount)


def _first_answer(request: HttpRequest, call: Call, key: str) -> HttpResponse:
    first = StoredAnswer.objects.get(api_key=call.caller.key, key=key)
    if first.request_digest != _digest(request):
        raise conflict("IDEMPOTENCY_KEY_REUSED", "This Idempotency-Key came before with another request.")
    return _sent(first.status, first.body, first.request_id)


def _digest(request: HttpRequest) -> str:
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    digest.update(request.body)
    return digest.hexdigest()


def new_request_id() -> str:
    """Return a name for a call, for the ledger and for its answer's header."""
    return secrets.token_hex(16)


def _sent(status: int, text: str, request_id: str) -> HttpResponse:
    answer = text_reply(text, status=status)
    answer.headers["X-Request-Id"] = request_id
    return answer
