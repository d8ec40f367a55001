from __future__ import annotations

import io

import openpyxl
import pytest
import tablib
from import_export.exceptions import ImportError as RefusedImport
from import_export.formats.base_formats import CSV, XLSX

from jobs.models import Job
from tests.jobs.scores import Score, ScoreResource

pytestmark = pytest.mark.django_db


def _dataset(*rows):
    return tablib.Dataset(*rows, headers=["userId", "points"])


def test_an_export_gives_the_librarys_formats():
    Score.objects.create(user_id="=00123", points=7)
    resource = ScoreResource()

    dataset = resource.export(Score.objects.all())

    assert CSV().export_data(dataset) == "userId,points\r\n'=00123,7\r\n"
    sheet = openpyxl.load_workbook(io.BytesIO(XLSX().export_data(dataset))).worksheets[0]
    assert [[cell.value for cell in row] for row in sheet.rows] == [["userId", "points"], ["=00123", 7]]
    assert dataset.dict == [{"userId": "=00123", "points": 7}]


def test_an_export_reads_its_rows_only_when_they_are_written(django_assert_num_queries):
    with django_assert_num_queries(0):
        dataset = ScoreResource().export(Score.objects.all())
    with django_assert_num_queries(1):
        dataset.export("csv")


def test_a_dry_run_tells_what_would_happen_and_changes_nothing():
    result = ScoreResource().import_data(_dataset(("u1", 5), ("u2", 0), ("x3", 1)), dry_run=True)

    assert (result.totals["update"], result.totals["skip"], result.totals["invalid"]) == (1, 1, 1)
    assert [(row.number, row.error.messages) for row in result.invalid_rows] == [(4, ["Nobody has the user ID x3."])]
    assert result.has_validation_errors()
    assert not result.has_errors()
    assert not Score.objects.exists()
    assert Job.objects.get().status == "discarded"


def test_an_import_applies_the_good_rows():
    result = ScoreResource().import_data(_dataset(("u1", 5), ("x3", 1)), dry_run=False)

    assert (result.total_rows, result.totals["update"], result.totals["invalid"]) == (2, 1, 1)
    assert Score.objects.get().points == 5


def test_a_refused_dataset_is_an_error_of_the_whole():
    result = ScoreResource().import_data(tablib.Dataset(("u1",), headers=["userId"]), dry_run=True)

    assert result.has_errors()
    assert "The column “points” is missing." in str(result.base_errors[0].error)


def test_errors_are_raised_where_that_is_wanted():
    with pytest.raises(RefusedImport):
        ScoreResource().import_data(_dataset(("x1", 5)), dry_run=True, raise_errors=True)

    assert not Score.objects.exists()
