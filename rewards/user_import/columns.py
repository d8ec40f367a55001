"""The columns of a file of users, and what a cell of each must be: what the API takes, written as a spreadsheet can."""

from __future__ import annotations

import re
from typing import Final

from programs.sent_values import FIELD_NAME, PROGRAM_ID

ACCOUNT: Final = "accountId"
USER: Final = "id"
SEGMENTS: Final = "segments"
REFERRED_BY: Final = ("referredBy.code", "referredByCodes")
CREATED: Final = "dateCreated"
REQUIRED: Final = (ACCOUNT, USER)
# The columns of a participant's own values, and the fields that hold them.
PROFILE: Final = {
    "firstName": "first_name",
    "lastName": "last_name",
    "email": "email",
    "locale": "locale",
    "countryCode": "country_code",
    "imageUrl": "image_url",
    "referable": "referable",
}
OPTIONAL: Final = (*PROFILE, SEGMENTS, *REFERRED_BY, CREATED)
CUSTOM: Final = "customFields."
CODES: Final = "referralCodes."
PATTERNS: Final = (rf"{re.escape(CUSTOM)}{FIELD_NAME}", rf"{re.escape(CODES)}{PROGRAM_ID}")
