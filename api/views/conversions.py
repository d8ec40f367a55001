from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.params.functions import Body

from api.access import ACCOUNT_READS, ACCOUNT_WRITES, account_sid_of, caller_of
from api.brand.answers import invalid_fields, problem
from api.brand.orders import order_of
from api.errors import not_found, reply
from api.idempotency import Answer, Call, once
from api.operations import ReversalWish, submit_order, submit_reversal
from api.queries import submission_of_id
from api.schemas.conversions import ActionOut, BrandProblem, ConversionBody, QueuedOut, ReversalBody, SubmissionOut
from api.wire.conversions import action_out, queued_out, submission_out
from programs.queries import conversion_of_id

router = Router(by_alias=True, tags=["Conversions"])
REFUSED: Final = {400: BrandProblem, 401: BrandProblem, 403: BrandProblem}
NOT_FOUND: Final = {**REFUSED, 404: BrandProblem}


@router.post("/Conversions", auth=ACCOUNT_WRITES, response={200: QueuedOut, **REFUSED})
def report_order(request: HttpRequest, body: ConversionBody) -> HttpResponse:
    """
    Report an order, as a form or as JSON; a worker then finds through whom it came and gives the rewards.

    One `OrderId` of a program counts once: sent again, it leads to the first submission, whose data stand. Takes an
    `Idempotency-Key`.
    """
    account_sid, order = account_sid_of(request), order_of(body, at=caller_of(request).at)

    def submit(call: Call) -> Answer:
        submission = submit_order(order=order, sent=body.sent, by=call.caller.actor, at=call.caller.at)
        return Answer(queued_out(submission, account_sid))

    return once(request, submit)


@router.get("/APISubmissions/{submission_id}", auth=ACCOUNT_READS, response={200: SubmissionOut, **NOT_FOUND})
def get_submission(request: HttpRequest, submission_id: str) -> HttpResponse:
    """Return what became of a call; ask again while its status is `Queued`."""
    submission = submission_of_id(submission_id)
    if submission is None:
        raise not_found("There is no such submission.")
    return reply(submission_out(submission, account_sid_of(request)))


@router.get("/Actions/{action_id}", auth=ACCOUNT_READS, response={200: ActionOut, **NOT_FOUND})
def get_action(request: HttpRequest, action_id: str) -> HttpResponse:
    """Return an order with what came of it."""
    conversion = conversion_of_id(action_id)
    if conversion is None:
        raise not_found("There is no such action.")
    return reply(action_out(conversion, account_sid_of(request)))


@router.delete("/Actions", auth=ACCOUNT_WRITES, response={200: QueuedOut, **REFUSED})
def reverse_order(request: HttpRequest, body: ReversalBody = Body(...)) -> HttpResponse:
    """
    Take an order back that was returned.

    A worker cancels what is still cancellable of its rewards; the submission says what is not.
    """
    account_sid, caller = account_sid_of(request), caller_of(request)
    if not body.action_id and not (body.order_id and body.action_tracker_id):
        raise invalid_fields([problem("ActionId", "Send the ActionId, or OrderId and ActionTrackerId.")])
    wish = ReversalWish(
        action_id=body.action_id or "",
        order_id=body.order_id or "",
        action_tracker_id=body.action_tracker_id or "",
        reason=body.disposition_code,
    )
    submission = submit_reversal(wish=wish, sent=body.sent, by=caller.actor, at=caller.at)
    return reply(queued_out(submission, account_sid))
