"""The API put together: what it offers, how bodies are read, how refusals are answered."""

from __future__ import annotations

from typing import Any, Final

from ninja import NinjaAPI
from ninja.operation import Operation

from api.bodies import StrictParser
from api.brand.bodies import FlatParser
from api.refusals import handle_refusals
from api.views import codes, conversions, events, jobs, referrals, rewards, share_links, users

PATH_PREFIX: Final = "api/v1/{tenant_alias}/"
TENANT: Final = {
    "in": "path",
    "name": "tenant_alias",
    "required": True,
    "schema": {"type": "string"},
    "description": "As on Settings → General.",
}
BRAND_PREFIX: Final = "Advertisers/{account_sid}/"
ACCOUNT: Final = {
    **TENANT,
    "name": "account_sid",
    "description": "The account SID of the API key.",
}


class Api(NinjaAPI):
    """The API, whose operations are named in the document as they are in the code."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """Return the name of an operation."""
        return operation.view_func.__name__


api = Api(
    title="Advocate",
    version="1",
    description=(
        "Register users, look up codes, move rewards and fetch reports. Every address begins with "
        "`/api/v1/{tenant_alias}/`; the tenant alias stands on Settings → General. "
        "Orders can also be reported as to impact.com, below `/Advertisers/{account_sid}/`."
    ),
    docs_url=None,
    openapi_url=None,
    parser=StrictParser(),
    urls_namespace="api",
)
# The order decides: an id may hold a slash, so that the address of a user takes what begins like it.
for views in (codes, events, share_links, users, referrals, rewards, jobs):
    api.add_router("", views.router)
handle_refusals(api)

brand = Api(
    title="impact.com Brand API",
    version="1",
    docs_url=None,
    openapi_url=None,
    parser=FlatParser(),
    urls_namespace="brand",
)
brand.add_router("", conversions.router)
handle_refusals(brand, has_tenants=False)


def openapi() -> dict[str, Any]:
    """
    Return the OpenAPI document, of both families of addresses.

    The tenant or account in every address is looked at by the doors, not by the operations.
    """
    document = _with_parameter(api, PATH_PREFIX, TENANT)
    of_brand = _with_parameter(brand, BRAND_PREFIX, ACCOUNT)
    document["paths"] |= of_brand["paths"]
    for kind, named in of_brand["components"].items():
        document["components"][kind] |= named
    return document


def _with_parameter(family: Api, prefix: str, parameter: dict[str, Any]) -> dict[str, Any]:
    document = dict(family.get_openapi_schema(path_prefix=prefix))
    for operations in document["paths"].values():
        for operation in operations.values():
            operation["parameters"] = [parameter, *operation.get("parameters", [])]
    return document
