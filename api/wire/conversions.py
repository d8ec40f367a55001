"""Orders and calls about them as impact.com's Brand API writes them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from advocate.lib.money import format_amount
from api.models import ConversionSubmission
from programs.models import Conversion, TouchOutcome

Status = Conversion.Status
NOT_ATTRIBUTED = "NOT_ATTRIBUTED"


def queued_out(submission: ConversionSubmission, account_sid: str) -> dict[str, Any]:
    """Return where to ask what became of a call."""
    return {"Status": "QUEUED", "QueuedUri": _submission_uri(submission, account_sid)}


def submission_out(submission: ConversionSubmission, account_sid: str) -> dict[str, Any]:
    """Return what became of a call; a reversal is complete with an error where something of a reward stays."""
    conversion = submission.conversion
    completed_at = _completed_at(submission)
    error_type, error_reason = _error(submission)
    is_known = completed_at is not None and conversion is not None
    return {
        "BatchId": submission.public_id,
        "AccountId": account_sid,
        "SubmissionDate": _instant(submission.submitted_at),
        "CampaignId": conversion.program.key if conversion else submission.campaign_id,
        "ActionTrackerId": submission.action_tracker_id,
        "MediaPartnerId": None,
        "EventCode": submission.event_code,
        "OrderId": (conversion.order_id if conversion else submission.order_id) or None,
        "Payload": submission.payload,
        "Type": submission.kind,
        "Status": "Complete" if completed_at else "Queued",
        "CompletionDate": _instant(completed_at),
        "ErrorType": error_type or None,
        "ErrorReason": error_reason or None,
        "ActionId": conversion.public_id if is_known and conversion else None,
        "ActionUri": _action_uri(conversion, account_sid) if is_known and conversion else None,
        "Uri": _submission_uri(submission, account_sid),
    }


def action_out(conversion: Conversion, account_sid: str) -> dict[str, Any]:
    """Return a conversion."""
    amount, exponent = conversion.amount, conversion.exponent
    referral, advocate = conversion.referral, conversion.advocate
    return {
        "Id": conversion.public_id,
        "CampaignId": conversion.program.key,
        "CampaignName": conversion.program.name,
        "State": _state(conversion),
        "OrderId": conversion.order_id,
        "EventDate": _instant(conversion.happened_at),
        "CreationDate": _instant(conversion.received_at),
        "Amount": format_amount(amount, exponent) if amount is not None and exponent is not None else None,
        "Currency": conversion.currency or None,
        "PromoCode": conversion.promo_code or None,
        "CustomerId": conversion.customer_id or None,
        "Attribution": conversion.outcome.upper() or "QUEUED",
        "AdvocateId": advocate.user_id if advocate else None,
        "ReferralDate": _instant(referral.date_started) if referral else None,
        "ReversalDate": _instant(conversion.reversed_at),
        "ReversalReason": conversion.reversal_reason or None,
        "Uri": _action_uri(conversion, account_sid),
    }


def _completed_at(submission: ConversionSubmission) -> datetime | None:
    is_order = submission.kind == ConversionSubmission.Kind.CONVERSION and submission.conversion is not None
    return submission.conversion.worked_at if is_order and submission.conversion else submission.completed_at


def _error(submission: ConversionSubmission) -> tuple[str, str]:
    """Return why a call did not do all that was hoped for: an order may be complete and yet nobody's doing."""
    conversion = submission.conversion
    if submission.error_type or conversion is None or conversion.status != Status.NOT_ATTRIBUTED:
        return submission.error_type, submission.error_reason
    return NOT_ATTRIBUTED, f"{conversion.outcome.upper()}: {TouchOutcome(conversion.outcome).label}"


def _state(conversion: Conversion) -> str:
    if conversion.reversed_at:
        return "REVERSED"
    return "PENDING" if conversion.status == Status.QUEUED else "APPROVED"


def _instant(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None


def _submission_uri(submission: ConversionSubmission, account_sid: str) -> str:
    return f"/Advertisers/{account_sid}/APISubmissions/{submission.public_id}"


def _action_uri(conversion: Conversion, account_sid: str) -> str:
    return f"/Advertisers/{account_sid}/Actions/{conversion.public_id}"
