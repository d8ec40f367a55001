from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from advocate.lib.errors import DomainError


class DraftChangedMeanwhile(DomainError):
    """Somebody changed or published the draft after it was read."""

    code = "draft_changed"
    message = _(
        "Somebody else changed or published the draft of “%(name)s” in the meantime, so nothing of yours was saved. "
        "Look at it as it is now, then try again."
    )


class ComponentGone(DomainError):
    code = "component_gone"
    message = _("This component is no longer in the draft.")


class UnknownComponentType(DomainError):
    code = "unknown_component_type"
    message = _("There is no component of this kind.")


class TooManyComponents(DomainError):
    code = "too_many_components"
    message = _("A widget or microsite holds at most %(limit)s components. Remove one first.")


class InvalidComponent(DomainError):
    """A text or setting that a component cannot have; ``params["field"]`` is its field in the form."""

    code = "invalid_component"
    message = _("%(label)s: %(reason)s")


class NothingToPublish(DomainError):
    code = "nothing_to_publish"
    message = _("The draft of “%(name)s” is what participants see already.")


class DraftIsEmpty(DomainError):
    code = "draft_empty"
    message = _("The draft of “%(name)s” has no components. Add one before you publish it.")


class NothingPublished(DomainError):
    code = "nothing_published"
    message = _("“%(name)s” was never published, so there is nothing to go back to.")


class VersionGone(DomainError):
    code = "version_gone"
    message = _("There is no such version.")


class SlugTaken(DomainError):
    code = "slug_taken"
    message = _("Another microsite has this address.")


class KeyTaken(DomainError):
    code = "key_taken"
    message = _("Another widget or microsite of this program has this key.")


class TooManyDisplays(DomainError):
    code = "too_many_displays"
    message = _("A program has at most %(limit)s widgets and microsites. Archive one first.")


class FirstStays(DomainError):
    """The widget and the microsite that came with a program are neither archived nor deleted."""

    code = "first_stays"
    message = _("“%(name)s” came with its program and stays.")


class WasPublished(DomainError):
    code = "was_published"
    message = _("“%(name)s” was published, so it can be archived, but not deleted.")


class IsArchived(DomainError):
    code = "archived"
    message = _("“%(name)s” is archived. Bring it back before you work on it.")


class SettingsChangedMeanwhile(DomainError):
    """Somebody changed the settings after they were read."""

    code = "settings_changed"
    message = _("Somebody else changed “%(name)s” in the meantime. Look at it again before you save.")


class TooManyOrigins(DomainError):
    code = "too_many_origins"
    message = _("Name up to %(limit)s sites.")


class CodeNotValid(DomainError):
    """The code is wrong, used, too old, or was tried too often; whoever tries learns no more."""

    code = "code_not_valid"
    message = _("This code does not work, or no longer. Check it, or ask for a new one.")


class LinkNotValid(DomainError):
    code = "link_not_valid"
    message = _("This link does not work, or no longer.")


class CannotJoin(DomainError):
    """The ids are somebody else's, or the person was deleted for good; who tries learns no more."""

    code = "cannot_join"
    message = _("We could not register you. Please contact our support.")
