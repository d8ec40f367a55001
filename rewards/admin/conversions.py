from __future__ import annotations

from collections.abc import Sequence

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from advocate.lib.admin import Action, DetailHeader, Fact, ThemedModelAdmin, badge, dash, instant, mono, person
from programs.feeds import search_conversions
from programs.models import Conversion, Participant
from programs.search import MORE_OWNERS
from rewards.admin.feed_filters import OrderedFilter, ProgramFilter, StateFilter
from rewards.admin.reversing import can_reverse, reverse_view
from rewards.referral_lines import conversion_badge, order_amount, participant_link, program_link, referral_link

SHORT = 24


@admin.register(Conversion)
class ConversionAdmin(ThemedModelAdmin[Conversion]):
    """The list of all orders that shops reported, and each one's page."""

    page_title = gettext_lazy("Conversions")
    page_lead = gettext_lazy("Every order that your shop reported, the newest first, and for whom it counts.")
    list_display = ("order", "ordered", "customer", "advocate_name", "worth", "state")
    list_display_links = ("order",)
    list_select_related = ("program", "friend", "advocate")
    list_filter = (StateFilter, ProgramFilter, OrderedFilter)
    numeric_columns = ("worth",)
    ordering = ("-happened_at", "-id")
    sortable_by = ()
    search_fields = ("order_id",)  # shows the field; get_search_results does the search
    search_help_text = gettext_lazy("Order ID, promo code, or the customer's or advocate's name, e-mail or ID")
    empty_title = gettext_lazy("No conversions yet")
    empty_text = gettext_lazy("The orders that your shop sends through the API are listed here.")
    empty_icon = "referrals"
    owners_cut_text = MORE_OWNERS
    detail_page = "conversion"
    detail_only = True

    @admin.display(description=gettext_lazy("order"))
    def order(self, conversion: Conversion) -> SafeString:
        """Show the shop's number of the order, and the program that it was reported for."""
        number = format_html('<span class="{}">{}</span>', short_text(conversion.order_id), mono(conversion.order_id))
        return person(number, conversion.program.name)

    @admin.display(description=gettext_lazy("ordered"))
    def ordered(self, conversion: Conversion) -> SafeString:
        """Show when the order was placed."""
        return instant(conversion.happened_at)

    @admin.display(description=gettext_lazy("friend"))
    def customer(self, conversion: Conversion) -> SafeString:
        """Show who ordered, as far as it is known."""
        if conversion.friend is not None:
            return person(participant_link(conversion.friend), conversion.friend.email)
        sent = conversion.customer_email or conversion.customer_id
        return person(_("Not known"), sent) if sent else dash()

    @admin.display(description=pgettext_lazy("person", "advocate"))
    def advocate_name(self, conversion: Conversion) -> SafeString:
        """Show for whom it counts."""
        return _name(conversion.advocate)

    @admin.display(description=gettext_lazy("amount"))
    def worth(self, conversion: Conversion) -> SafeString | str:
        """Show what the order came to."""
        return order_amount(conversion) or dash()

    @admin.display(description=gettext_lazy("status"))
    def state(self, conversion: Conversion) -> SafeString:
        """Show what came of it, and why it does not count where it does not."""
        shown = conversion_badge(conversion)
        label = badge(shown.label, shown.kind)
        is_refused = conversion.status == Conversion.Status.NOT_ATTRIBUTED
        return person(label, conversion.get_outcome_display()) if is_refused else label

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Conversion], search_term: str
    ) -> tuple[QuerySet[Conversion], bool]:
        """Search by the indexes of what shops send and of participants' words instead of a scan with LIKE."""
        return self.shown(request, search_conversions(search_term, among=queryset))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: shops report orders."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Conversion | None = None) -> bool:
        """Refuse: an order stays as it was reported."""
        return False

    def list_actions(self, request: HttpRequest) -> Sequence[Action]:
        """Offer nothing: shops report orders."""
        return ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversion]:
        """Return the orders with the people and what made them count."""
        found = super().get_queryset(request)
        return found.select_related("program", "friend", "advocate", "referral__referrer", "referral__referred")

    def detail_actions(self, request: HttpRequest, obj: Conversion) -> Sequence[Action]:
        """Offer to reverse the order, as long as that is possible."""
        if not can_reverse(request, obj):
            return ()
        return (Action(_("Reverse conversion"), self._url("reverse", obj.pk), danger=True, icon="undo"),)

    def get_urls(self) -> list[URLPattern]:
        """Add the page that reverses."""
        view = self.admin_site.admin_view(reverse_view)
        return [path("<int:conversion_id>/reverse/", view, name="programs_conversion_reverse"), *super().get_urls()]

    def detail_header(self, request: HttpRequest, obj: Conversion) -> DetailHeader:
        """Say which order it is, whose, what it came to, and for whom it counts."""
        facts = [
            Fact(_("Program"), program_link(obj.program)),
            Fact(_("Friend"), self.customer(obj)),
            Fact(pgettext("person", "Advocate"), _name(obj.advocate)),
            Fact(_("Amount"), order_amount(obj) or dash()),
            Fact(_("Ordered"), instant(obj.happened_at)),
        ]
        if obj.referral is not None:
            facts.insert(3, Fact(_("Referral"), referral_link(obj.referral, _("Show the referral"))))
        title = _("Order %(number)s") % {"number": obj.order_id}
        return DetailHeader(title=title, badges=(conversion_badge(obj),), facts=tuple(facts))


def short_text(text: str) -> str:
    """Return the class of an ID that is short enough to stay in one line."""
    return "nowrap" if len(text) <= SHORT else ""


def _name(participant: Participant | None) -> SafeString:
    return dash() if participant is None else participant_link(participant)
