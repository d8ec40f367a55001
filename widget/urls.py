from __future__ import annotations

from django.urls import path

from widget.views import share_link_view

urlpatterns = [path("s/<str:slug>", share_link_view, name="share-link")]
