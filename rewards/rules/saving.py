from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from programs.models import Program
from programs.operations.checks import InvalidValue, check_values, set_values
from rewards.models import RewardRule, RewardType, RuleMail, Side
from rewards.operations.granting import check_amount
from rewards.rules.definitions import MailText, RuleDefinition, in_order, texts_of
from rewards.rules.errors import RuleChangedMeanwhile, RuleNotValid
from rewards.rules.mail_tags import TAGS, broken_tag
from team.audit import Actor, Change, record

Gives = RewardRule.Gives
ORDER = RewardRule.Trigger.CONVERSION
# What each kind of reward needs; it has no other of these.
NEEDS: Mapping[str, frozenset[str]] = {
    Gives.AMOUNT: frozenset({"unit", "amount"}),
    Gives.SHARE: frozenset({"unit", "order_share"}),
    Gives.DISCOUNT: frozenset({"amount"}),
    Gives.CATALOG: frozenset({"catalog_reward"}),
}
# What the audit list calls the texts, which no model has as a field, so that it is collected.
MAIL_NAMES: Mapping[str, str] = {
    "advocate_en": gettext_noop("Mail to the advocate in English"),
    "advocate_zh": gettext_noop("Mail to the advocate in Chinese"),
    "friend_en": gettext_noop("Mail to the friend in English"),
    "friend_zh": gettext_noop("Mail to the friend in Chinese"),
}
OF_ORDERS_ONLY = ("order_share", "minimum_order", "first_only")


@transaction.atomic
def add_rule(*, program: Program, definition: RuleDefinition, by: Actor, at: datetime) -> RewardRule:
    """
    Give a program one more rule, switched on: it holds for what happens from now on.

    :raises InvalidValue: if a value is not one, or an e-mail has a tag that does not exist
    :raises RuleNotValid: if the values do not belong together
    """
    _check(definition)
    rule = RewardRule(program=program, created_at=at, updated_at=at, **definition.values())
    check_values(rule, names=_CHECKED)
    rule.save(force_insert=True)
    _write_mails(rule, definition)
    record(by=by, action="rule.added", target=rule, at=at, changes={"program": Change(None, program.name)})
    return rule


@transaction.atomic
def change_rule(
    *, rule: RewardRule, definition: RuleDefinition, seen_at: datetime, by: Actor, at: datetime
) -> RewardRule:
    """
    Change what a rule gives from now on and return it; what was given before stays as it was.

    ``seen_at`` is the ``updated_at`` of the state that the person changed.

    :raises InvalidValue: if a value is not one, or an e-mail has a tag that does not exist
    :raises RuleNotValid: if the values do not belong together
    :raises RuleChangedMeanwhile: if it was changed after ``seen_at``
    """
    _check(definition)
    changed = RewardRule.objects.select_related("program", "unit", "catalog_reward").get(pk=rule.pk)
    changes = set_values(changed, definition.values()) | _mail_changes(changed, definition)
    if not changes:
        return changed
    check_values(changed, names=_CHECKED)
    # The row as the person saw it is in the WHERE clause, so that nobody overwrites what they have not seen.
    if not RewardRule.objects.filter(pk=rule.pk, updated_at=seen_at).update(**definition.values(), updated_at=at):
        raise RuleChangedMeanwhile
    changed.updated_at = at
    _write_mails(changed, definition)
    record(by=by, action="rule.changed", target=changed, at=at, changes=_readable(changes))
    return changed


@transaction.atomic
def switch_rule(*, rule: RewardRule, on: bool, by: Actor, at: datetime) -> bool:
    """Have a rule give rewards from now on, or none; return whether that is a change."""
    if not RewardRule.objects.filter(pk=rule.pk, is_on=not on).update(is_on=on, updated_at=at):
        return False
    action = "rule.switched_on" if on else "rule.switched_off"
    record(by=by, action=action, target=rule, at=at, changes={"is_on": Change(not on, on)})
    return True


_CHECKED = (
    "name",
    "trigger",
    "audience",
    "gives",
    "amount",
    "order_share",
    "minimum_order",
    "minimum_currency",
    "pending_count",
    "pending_period",
    "validity_count",
    "validity_period",
    "limit_each",
)


def _check(definition: RuleDefinition) -> None:
    """Refuse what the database's constraints would refuse, in words."""
    needed = NEEDS.get(definition.gives, frozenset())
    for name in sorted(frozenset().union(*NEEDS.values())):
        if (getattr(definition, name) is not None) != (name in needed):
            raise RuleNotValid(field=name, reason=_("A rule that gives this needs another value or unit."))
    if definition.amount is not None:
        kind = RewardType.PCT_DISCOUNT if definition.gives == Gives.DISCOUNT else RewardType.CREDIT
        check_amount(type=kind, unit=definition.unit, amount=definition.amount)
    _check_order(definition)
    if definition.limit_each is not None and definition.audience == RewardRule.Audience.FRIEND:
        raise RuleNotValid(field="limit_each", reason=_("The limit is for advocates, and this rule rewards friends."))
    if definition.catalog_reward is not None and definition.catalog_reward.type == RewardType.FUELTANK:
        reason = _("This reward is a code from a pool, which no rule can pick. Choose another one.")
        raise RuleNotValid(field="catalog_reward", reason=reason)
    _check_mails(definition)


def _check_order(definition: RuleDefinition) -> None:
    if definition.trigger != ORDER:
        for name in OF_ORDERS_ONLY:
            if getattr(definition, name):
                raise RuleNotValid(field=name, reason=_("There is no order when a friend signs up."))
    if (definition.minimum_order is None) != (definition.minimum_currency == ""):
        raise RuleNotValid(field="minimum_currency", reason=_("The smallest order needs an amount and a currency."))
    if definition.gives != Gives.SHARE or definition.unit is None:
        return
    currency = definition.unit.currency
    if not currency:
        reason = _("A part of an order is money. Choose a unit that has a currency.")
        raise RuleNotValid(field="unit", reason=reason)
    if definition.minimum_currency not in {"", currency}:
        reason = _("The reward is in %(currency)s, so orders in another currency get none.") % {"currency": currency}
        raise RuleNotValid(field="minimum_currency", reason=reason)


def _check_mails(definition: RuleDefinition) -> None:
    sides = {Side.ADVOCATE, Side.FRIEND} if definition.audience == "BOTH" else {definition.audience}
    written = {text.side for text in definition.mails}
    if definition.sends_mail and not sides <= written:
        raise RuleNotValid(field="sends_mail", reason=_("Write the e-mail, or switch it off."))
    for text in definition.mails:
        for part, content in (("subject", text.subject), ("text", text.text)):
            _check_mail_text(f"{text.field}_{part}", part, content)


def _check_mail_text(field: str, part: str, content: str) -> None:
    try:
        check_values(RuleMail(**{part: content}), names={part})
    except InvalidValue as error:
        raise InvalidValue(**{**error.params, "field": field}) from error
    broken = broken_tag(content)
    if broken:
        reason = _("“%(tag)s” is no tag. Use only these, in double braces: %(tags)s.")
        raise InvalidValue(field=field, label=_("E-mail"), reason=reason % {"tag": broken, "tags": ", ".join(TAGS)})


def _mail_changes(rule: RewardRule, definition: RuleDefinition) -> dict[str, Change]:
    """Return which texts differ, each named after its reader and language."""
    before = {text.field: text for text in texts_of(rule.mails.all())}
    after = {text.field: text for text in definition.mails}
    return {
        MAIL_NAMES[field]: Change(_shown(before.get(field)), _shown(after.get(field)))
        for field in sorted(before.keys() | after.keys())
        if before.get(field) != after.get(field)
    }


def _shown(text: MailText | None) -> str:
    return f"{text.subject}\n\n{text.text}" if text else ""


def _write_mails(rule: RewardRule, definition: RuleDefinition) -> None:
    if texts_of(rule.mails.all()) == in_order(definition.mails):
        return
    rule.mails.all().delete()
    RuleMail.objects.bulk_create(
        [
            RuleMail(rule=rule, side=text.side, language=text.language, subject=text.subject, text=text.text)
            for text in definition.mails
        ]
    )


def _readable(changes: dict[str, Change]) -> dict[str, Change]:
    """Name units and catalog rewards instead of holding them, for the audit list is text."""
    readable = dict(changes)
    for name in ("unit", "catalog_reward"):
        if name in changes:
            before, after = (str(value) if value else None for value in (changes[name].before, changes[name].after))
            readable[name] = Change(before, after)
    return readable
