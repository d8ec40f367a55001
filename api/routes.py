"""The API put together: what it offers, how bodies are read, how refusals are answered."""

from __future__ import annotations

from typing import Any, Final

from ninja import NinjaAPI
from ninja.operation import Operation

from api.bodies import StrictParser
from api.refusals import handle_refusals
from api.views import codes, events, jobs, referrals, rewards, users

PATH_PREFIX: Final = "api/v1/{tenant_alias}/"
TENANT: Final = {
    "in": "path",
    "name": "tenant_alias",
    "required": True,
    "schema": {"type": "string"},
    "description": "As on Settings → General.",
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
        "`/api/v1/{tenant_alias}/`; the tenant alias stands on Settings → General."
    ),
    docs_url=None,
    openapi_url=None,
    parser=StrictParser(),
    urls_namespace="api",
)
# The order decides: an id may hold a slash, so that the address of a user takes what begins like it.
for router in (codes.router, events.router, users.router, referrals.router, rewards.router, jobs.router):
    api.add_router("", router)
handle_refusals(api)


def openapi() -> dict[str, Any]:
    """Return the OpenAPI document; the tenant in every address is looked at by the doors, not by the operations."""
    document = dict(api.get_openapi_schema(path_prefix=PATH_PREFIX))
    for operations in document["paths"].values():
        for operation in operations.values():
            operation["parameters"] = [TENANT, *operation.get("parameters", [])]
    return document
