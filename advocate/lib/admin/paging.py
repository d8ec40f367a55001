"""Lists that stay quick at millions of rows: nothing counts or skips further than a person would ever page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import InvalidPage, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from advocate.lib import capped
from advocate.lib.capped import CappedCount

if TYPE_CHECKING:
    _Paginator = Paginator[Any]
else:
    _Paginator = Paginator


CUT = "search_is_cut"


class CappedPaginator(_Paginator):
    """Count at most ``capped.COUNT_LIMIT`` rows and one more, so that a list never counts a whole table."""

    @cached_property
    def count(self) -> int:
        """Return the number of rows that can be paged through: the true one, or the limit."""
        return self._counted.value

    @property
    def is_capped(self) -> bool:
        """Say whether there are more rows than can be paged through."""
        return self._counted.is_capped

    @cached_property
    def _counted(self) -> CappedCount:
        if isinstance(self.object_list, QuerySet):
            return capped.capped_count(self.object_list)
        return capped.capped(len(self.object_list))


class CappedChangeList(ChangeList):
    """
    A list over a capped paginator: it says "10,000+", and leads back who asks for a page beyond.

    ``is_cut`` where the search left out some of what matches.
    """

    is_capped = False
    is_cut = False

    def get_results(self, request: HttpRequest) -> None:
        """Fetch the page's rows with one capped count."""
        paginator = self.model_admin.get_paginator(request, self.queryset, self.list_per_page)
        self.is_capped = getattr(paginator, "is_capped", False)
        self.is_cut = vars(request).get(CUT, False)
        self.page_num = self._reachable_page(request, paginator)
        try:
            self.result_list = paginator.page(self.page_num).object_list
        except InvalidPage as error:
            raise IncorrectLookupParameters from error
        self.result_count = paginator.count
        self.full_result_count = None
        self.show_full_result_count = False
        self.show_admin_actions = bool(self.result_count)
        self.can_show_all = False
        self.multi_page = self.result_count > self.list_per_page
        self.paginator = paginator

    def _reachable_page(self, request: HttpRequest, paginator: Paginator[Any]) -> int:
        if self.page_num <= paginator.num_pages:
            return self.page_num
        if self.is_capped:
            text = _("Lists show the first %(limit)s rows. Search or filter to find what lies beyond.")
            messages.warning(request, text % {"limit": f"{capped.COUNT_LIMIT:,}"})
        return int(paginator.num_pages)
