"""Pages that belong to a person, logged in or not yet; some under names that Django's own pages look for."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

from team import views

urlpatterns = [
    path("i18n/setlang/", views.set_language, name="set_language"),
    path("password/forgotten/", views.ResetRequestView.as_view(), name="admin_password_reset"),
    path("password/sent/", views.ResetRequestedView.as_view(), name="password_reset_done"),
    path("password/<uidb64>/<token>/", views.ResetConfirmView.as_view(), name="password_reset_confirm"),
    path("password/done/", views.ResetCompleteView.as_view(), name="password_reset_complete"),
    path("invitation/<uidb64>/<token>/", views.AcceptInvitationView.as_view(), name="accept_invitation"),
    path("admin/profile/", admin.site.admin_view(views.ProfileView.as_view()), name="own_profile"),
    path("admin/profile/password/", admin.site.admin_view(views.OwnPasswordView.as_view()), name="own_password"),
]
