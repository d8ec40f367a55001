"""A small import and a small report with which the tests drive the machinery."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from advocate.lib.errors import DomainError
from advocate.lib.tabular import number_cell, text_cell
from jobs.models import StagedRow
from jobs.resources import SetResource, TableField
from jobs.staged_rows import rows_of
from jobs.staging import RowRefused, Unchanged, refuse
from jobs.types import Applied, ExportType, ImportType, Preview


class ScoreRow(StagedRow):
    user_id = models.CharField(max_length=255, default="")
    points = models.IntegerField(default=0)

    class Meta(StagedRow.Meta):
        app_label = "jobs"
        db_table = "test_score_row"


class Score(models.Model):
    """What the import changes: one row for each file row applied, so that a row applied twice shows."""

    user_id = models.CharField(max_length=255)
    points = models.IntegerField()

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        app_label = "jobs"
        db_table = "test_score"


class NotANumber(DomainError):
    code = "not_a_number"
    message = _("“%(found)s” is not a whole number.")


class UnknownUser(DomainError):
    code = "unknown_user"
    message = _("Nobody has the user ID %(found)s.")


class Spent(DomainError):
    code = "spent"
    message = _("The points were spent meanwhile.")


class ScoreResource(SetResource):
    user_id = TableField("userId")
    points = TableField("points", kind="integer")


def read(source):
    user_at, points_at = source.columns["userId"], source.columns["points"]

    def row(one):
        user = text_cell(one, user_at, column="userId")
        text = number_cell(one, points_at, column="points")
        if text in {"", "0"}:
            return Unchanged((user, 0))
        if not text.isdigit():
            raise RowRefused(NotANumber(column="points", found=text), (user, 0))
        return user, int(text)

    return row


def refuse_unknown(job):
    unknown = rows_of(job, SCORES).filter(user_id__startswith="x")
    refuse(unknown, reason=UnknownUser, column="userId", found=F("user_id"))


def preview(job):
    good = rows_of(job, SCORES).filter(state="good").aggregate(sum=models.Sum("points"))
    return Preview(totals={"POINT": good["sum"] or 0})


def apply(job, low, high, _at):
    good = rows_of(job, SCORES).filter(row_no__range=(low, high), state="good")
    refused = refuse(good.filter(user_id__startswith="spent"), reason=Spent, column="points")
    rows = list(good.values_list("user_id", "points"))
    Score.objects.bulk_create(Score(user_id=user, points=points) for user, points in rows)
    return Applied(done=len(rows), refused=refused, totals={"POINT": sum(points for _, points in rows)})


SCORES = ImportType(
    slug="scores",
    label=_("Scores"),
    description=_("Give points."),
    view_permission="jobs.view_job",
    resource=ScoreResource,
    staged=ScoreRow,
    fields=("user_id", "points"),
    required=("userId", "points"),
    reader=read,
    checks=(refuse_unknown,),
    preview=preview,
    apply_chunk=apply,
    refusals=(NotANumber, UnknownUser, Spent),
    chunk_rows=10,
)


def score_rows(_params, _at):
    return Score.objects.order_by("id").values_list("user_id", "points").iterator()


SCORE_REPORT = ExportType(
    slug="score-report",
    label=_("Scores by user"),
    description=_("Who has how many points."),
    view_permission="jobs.view_job",
    resource=ScoreResource,
    rows=score_rows,
)
