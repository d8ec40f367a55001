"""What shops may send of a participant, through the API or in a file: the same forms at both doors."""

from __future__ import annotations

from typing import Final

EMAIL_FORM: Final = r"^$|^[^\s@]+@[^\s@]+$"
LOCALE_FORM: Final = r"^[a-z]{2}_[A-Z]{2}$"
COUNTRY_FORM: Final = r"^[A-Z]{2}$"
SEGMENT_FORM: Final = r"^~?[^\s~,][^,]{0,99}$"
FIELD_NAME: Final = r"[A-Za-z0-9_]{1,64}"
PROGRAM_ID: Final = r"[a-zA-Z0-9-]{1,64}"
LONGEST_ID: Final = 255
LONGEST_NAME: Final = 255
LONGEST_URL: Final = 2000
LONGEST_FIELD: Final = 2000
MOST_SEGMENTS: Final = 100
MOST_FIELDS: Final = 100
