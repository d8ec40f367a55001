from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from advocate.lib.errors import DomainError


class RewardNotRedeemable(DomainError):
    """The reward is not available, or holds no amount to redeem."""

    code = "reward_not_redeemable"
    message = _("Nothing can be redeemed from this reward. Its status is “%(status)s”.")


class NotACredit(RewardNotRedeemable):
    """The reward is available, but is handed over whole: a discount, a code or a gift card."""

    message = _("Only credit is redeemed here. This reward is of the type “%(type)s”.")


class AlreadyRedeemed(RewardNotRedeemable):
    """All of the reward was redeemed before; shops treat a repeated call that says so as done."""

    code = "already_redeemed"
    message = _("This reward is already fully redeemed.")


class TooLittleLeft(DomainError):
    """The amount is more than what is left."""

    code = "insufficient_balance"
    message = _("Only %(left)s of this reward is left, less than %(amount)s.")


class BalanceTooSmall(DomainError):
    """The amount is more than what is available of the unit."""

    code = "insufficient_redeemable_credit"
    message = _("Only %(left)s is available, less than %(amount)s.")


class AmountNotPositive(DomainError):
    """There is nothing to redeem."""

    code = "amount_not_positive"
    message = _("The amount must be more than zero.")


class KeyReused(DomainError):
    """An idempotency key came again with another reward or amount."""

    code = "key_reused"
    message = _("This key belongs to another redemption. Send each redemption with its own key.")


class RewardNotCancellable(DomainError):
    """Only pending and available rewards can be taken back."""

    code = "reward_not_cancellable"
    message = _("This reward cannot be cancelled. Its status is “%(status)s”.")


class EntryNotReversible(DomainError):
    """The entry is a reversal, or was reversed before."""

    code = "entry_not_reversible"
    message = _("Only a redemption can be reversed, and only once.")


class AlreadyReversed(EntryNotReversible):
    """What the redemption took was given back before."""

    message = _("This redemption was reversed before.")


class UniqueIdTaken(DomainError):
    """The caller's own id for a reward is in use, so the reward was given before."""

    code = "unique_id_taken"
    message = _("There is already a reward with the ID “%(unique_id)s”.")


class TermsNotValid(DomainError):
    """Value, type and unit do not belong together."""

    code = "terms_not_valid"
    message = _("A reward of this type needs another value or unit.")


class ExpiresTooEarly(DomainError):
    """The reward would never be available."""

    code = "expires_too_early"
    message = _("The reward would expire before it becomes available. Choose a later date.")


class CatalogRewardInactive(DomainError):
    """The catalog does not offer the reward any more."""

    code = "catalog_reward_inactive"
    message = _("“%(name)s” is not active in the catalog any more.")


class UnitInUse(DomainError):
    """The unit gives existing amounts their meaning."""

    code = "unit_in_use"
    message = _(
        "Rewards already count in %(unit)s, so its ID, kind, currency and decimal places stay. "
        "Add another unit instead."
    )


class UnitKeyTaken(DomainError):
    """Another unit has the id."""

    code = "unit_key_taken"
    message = _("There is already a unit with the ID “%(key)s”.")


class CatalogKeyTaken(DomainError):
    """Another catalog reward has the key."""

    code = "catalog_key_taken"
    message = _("There is already a catalog reward with the key “%(key)s”.")


class UnitChangedMeanwhile(DomainError):
    """Somebody changed the unit after it was read."""

    code = "unit_changed"
    message = _("Somebody else changed this unit in the meantime. Look at it again before you change it.")


class CatalogRewardChangedMeanwhile(DomainError):
    """Somebody changed the catalog reward after it was read."""

    code = "catalog_reward_changed"
    message = _("Somebody else changed this reward in the meantime. Look at it again before you change it.")
