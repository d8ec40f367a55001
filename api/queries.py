from __future__ import annotations

from api.models import ConversionSubmission
from programs.models import Conversion


def submission_of_id(public_id: str) -> ConversionSubmission | None:
    """Return the submission of this id, with its order and that order's program."""
    found = ConversionSubmission.objects.select_related("conversion__program")
    return found.filter(public_id=public_id).first()


def submission_of_conversion(conversion: Conversion) -> ConversionSubmission | None:
    """Return the call that reported an order; events report orders without one."""
    return ConversionSubmission.objects.filter(kind=ConversionSubmission.Kind.CONVERSION, conversion=conversion).first()
