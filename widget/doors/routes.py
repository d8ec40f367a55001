from __future__ import annotations

from ninja import NinjaAPI

from api.bodies import StrictParser
from api.refusals import handle_refusals
from widget.doors.upserting import router

# The shop's script speaks to it; the API's document, which is for shops' servers, does not tell of it.
widget_api = NinjaAPI(title="Widget", docs_url=None, openapi_url=None, parser=StrictParser(), urls_namespace="widget")
widget_api.add_router("", router)
handle_refusals(widget_api)
