from __future__ import annotations

from django.urls import path

from widget.doors.analytics import loaded_view, shared_view
from widget.doors.cookies import cookie_view
from widget.doors.frame import frame_view
from widget.doors.graphql import graphql_view
from widget.doors.messages import message_view
from widget.doors.npm import polyfill_view
from widget.doors.routes import widget_api
from widget.microsite import views as microsite
from widget.qr_codes import qr_view
from widget.views import share_link_view

OF_SCRIPT = "a/<str:tenant_alias>/widgets/"

urlpatterns = [
    path("s/<str:slug>", share_link_view, name="share-link"),
    path("s/<str:slug>/qr", qr_view, name="share-link-qr"),
    path("api/v1/<str:tenant_alias>/graphql", graphql_view, name="graphql"),
    path("api/v1/<str:tenant_alias>/", widget_api.urls),
    path("a/npm/<path:name>", polyfill_view, name="widget-polyfill"),
    path(f"{OF_SCRIPT}squatchcookiejson", cookie_view, name="widget-cookie"),
    path(f"{OF_SCRIPT}analytics/loaded", loaded_view, name="widget-loaded"),
    path(f"{OF_SCRIPT}analytics/shared", shared_view, name="widget-shared"),
    path(f"{OF_SCRIPT}mobilewidget", frame_view, name="widget-frame"),
    path("a/<str:tenant_alias>/message/redirect/<str:medium>", message_view, name="message-redirect"),
    path("m/<str:slug>/", microsite.home_view, name="microsite"),
    path("m/<str:slug>/sign-in/", microsite.sign_in_view, name="microsite-sign-in"),
    path("m/<str:slug>/code/", microsite.code_view, name="microsite-code"),
    path("m/<str:slug>/join/", microsite.join_view, name="microsite-join"),
    path("m/<str:slug>/in/<str:token>/", microsite.link_view, name="microsite-link"),
    path("m/<str:slug>/leave/", microsite.leave_view, name="microsite-leave"),
]
