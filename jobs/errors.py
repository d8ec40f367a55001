from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from advocate.lib.errors import DomainError


class LeaseLost(Exception):
    """Another worker has the job; whoever meets this stops and changes nothing."""


class JobStopped(Exception):
    """The worker is stopping; the job goes back to the queue as it is."""


class JobCancelled(Exception):
    """Someone asked for the job to be cancelled."""


class JobNotOpen(DomainError):
    code = "job_not_open"
    message = _(
        "This is no longer possible: “%(name)s” has gone on or is over. Reload the page to see where it stands."
    )


class SameContent(DomainError):
    code = "same_content"
    message = _(
        "A file with the same content was imported already (“%(name)s”). If you really mean to apply it again, "
        "confirm with “Import the same content again”."
    )


class RowsRefused(DomainError):
    code = "rows_refused"
    message = _(
        "%(count)s rows are refused, so nothing can be applied as a whole. Correct the file and import it again, or "
        "apply the good rows alone."
    )


class TooLarge(DomainError):
    code = "file_too_large"
    message = _("The file is larger than %(limit)s MB. Split it into several files.")


class EmptyUpload(DomainError):
    code = "empty_file"
    message = _("The file is empty. Choose a file whose first row names the columns.")


class NothingToUndo(DomainError):
    code = "nothing_to_undo"
    message = _("“%(name)s” cannot be undone: it is not over yet, or it has changed nothing.")


class ReasonMissing(DomainError):
    code = "reason_missing"
    message = _("Give a reason, so that others understand later why this was undone.")


class OurFault(DomainError):
    code = "our_fault"
    message = _(
        "Something went wrong on our side. Nothing was lost: what was applied is listed, the rest was left alone. "
        "Start it again; if it fails again, give your administrator the number %(public_id)s."
    )


class KeptStopping(DomainError):
    code = "kept_stopping"
    message = _(
        "The workers that ran this stopped %(attempts)s times without getting further. The machine may have too "
        "little memory. Start it again, or give your administrator the number %(public_id)s."
    )


class CancelledBefore(DomainError):
    code = "cancelled_before"
    message = _("The import was cancelled before this row was reached.")


class AllOrNothing(DomainError):
    code = "all_or_nothing"
    message = _("Nothing was applied because other rows were refused, and all or nothing was asked for.")


class NoRows(DomainError):
    code = "no_rows"
    message = _("The file has a header but no rows under it. Fill in at least one row and import it again.")
