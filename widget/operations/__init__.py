from __future__ import annotations

from widget.operations.check_box import add_to_all_displays, remove_from_all_displays, set_promo_codes_shown
from widget.operations.editing import add_component, edit_component, move_component, remove_component
from widget.operations.errors import (
    CannotJoin,
    CodeNotValid,
    ComponentGone,
    DraftChangedMeanwhile,
    DraftIsEmpty,
    InvalidComponent,
    LinkNotValid,
    NothingPublished,
    NothingToPublish,
    SettingsChangedMeanwhile,
    SlugTaken,
    TooManyComponents,
    TooManyOrigins,
    UnknownComponentType,
    VersionGone,
)
from widget.operations.handing_out import hand_out_link
from widget.operations.making import make_displays
from widget.operations.publishing import discard_draft, publish, restore_version
from widget.operations.settings import DisplaySettings, change_display, change_origins
from widget.operations.signing_in import (
    Entered,
    Newcomer,
    answer_sign_ins,
    ask_for_code,
    enter_as_signed_user,
    enter_by_code,
    enter_by_link,
    forget_old_sign_ins,
    leave,
    participant_of_link,
)
from widget.origins import InvalidOrigin

__all__ = [
    "CannotJoin",
    "CodeNotValid",
    "ComponentGone",
    "DisplaySettings",
    "DraftChangedMeanwhile",
    "DraftIsEmpty",
    "Entered",
    "InvalidComponent",
    "InvalidOrigin",
    "LinkNotValid",
    "Newcomer",
    "NothingPublished",
    "NothingToPublish",
    "SettingsChangedMeanwhile",
    "SlugTaken",
    "TooManyComponents",
    "TooManyOrigins",
    "UnknownComponentType",
    "VersionGone",
    "add_component",
    "add_to_all_displays",
    "answer_sign_ins",
    "ask_for_code",
    "change_display",
    "change_origins",
    "discard_draft",
    "edit_component",
    "enter_as_signed_user",
    "enter_by_code",
    "enter_by_link",
    "forget_old_sign_ins",
    "hand_out_link",
    "leave",
    "make_displays",
    "move_component",
    "participant_of_link",
    "publish",
    "remove_component",
    "remove_from_all_displays",
    "restore_version",
    "set_promo_codes_shown",
]
