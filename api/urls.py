from __future__ import annotations

from django.urls import path

from api.documents import docs_page, openapi_document
from api.routes import api, brand

urlpatterns = [
    path("api/docs", docs_page, name="api_docs"),
    path("api/openapi.json", openapi_document, name="api_document"),
    path("api/v1/<str:tenant_alias>/", api.urls),
    path("Advertisers/<str:account_sid>/", brand.urls),
]
