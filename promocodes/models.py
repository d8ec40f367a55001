from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from advocate.lib.fields import ExactCharField
from jobs.models import Job
from programs.models import Participant, Program, Referral
from promocodes.staged import StagedCode, StagedSet, StagedWithdrawal

__all__ = [
    "CodeBatch",
    "CodeHolder",
    "CodePool",
    "CodeUse",
    "PromoCode",
    "StagedCode",
    "StagedSet",
    "StagedWithdrawal",
    "StockReading",
]

CODE_FORM = r"^[A-Za-z0-9_-]{1,64}\Z"
CODES_EACH_MAX = 100
CODES_EACH_DEFAULT = 5


class CodePool(models.Model):
    """
    A program's stock of promo codes and its rules.

    It exists from the first upload or saved setting on, and counts once it is switched on, which is for good: the
    database refuses to undo that or to change the kind afterwards.
    """

    class Kind(models.TextChoices):
        ONE_TIME = "one_time", _("One-time use")
        MULTI_USE = "multi_use", _("Multi-use")

    class StockLevel(models.TextChoices):
        """What was last told of the stock; a mail goes out when it falls."""

        ENOUGH = "enough", _("Enough")
        LOW = "low", _("Low")
        EMPTY = "empty", _("Empty")

    program = models.OneToOneField(
        Program, verbose_name=_("program"), on_delete=models.PROTECT, related_name="code_pool"
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.ONE_TIME)
    codes_each = models.PositiveSmallIntegerField(
        _("codes for each advocate"),
        default=CODES_EACH_DEFAULT,
        validators=[MinValueValidator(1), MaxValueValidator(CODES_EACH_MAX)],
    )
    # Of multi-use codes: the form of the code that each advocate gets from their name; empty, they get one in stock.
    name_pattern = models.CharField(_("pattern from the name"), max_length=100, blank=True, default="")
    notify_at = models.PositiveIntegerField(_("notify me when the stock reaches"), null=True, blank=True)
    notify_emails = models.JSONField(_("e-mails to notify"), default=list, blank=True)
    # The last code shown to all while the stock is empty; several people use it, so it names no advocate.
    fallback = models.ForeignKey(
        "PromoCode",
        verbose_name=_("fallback code"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    on_widgets = models.BooleanField(_("shown in the program's widgets"), default=False)
    stock_level = models.CharField(max_length=10, choices=StockLevel.choices, default=StockLevel.ENOUGH)
    # Where the stock lies, so that an assignment can begin at a random place in it. It is a hint: who finds too little
    # ahead looks behind.
    first_id = models.BigIntegerField(null=True, blank=True)
    last_id = models.BigIntegerField(null=True, blank=True)
    switched_on_at = models.DateTimeField(_("switched on"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    updated_at = models.DateTimeField(_("changed"), default=timezone.now)

    class Meta:
        verbose_name = _("code pool")
        verbose_name_plural = _("code pools")
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["one_time", "multi_use"]), name="promocodes_pool_kind"),
            models.CheckConstraint(
                condition=Q(codes_each__gte=1, codes_each__lte=CODES_EACH_MAX) & (Q(kind="one_time") | Q(codes_each=1)),
                name="promocodes_pool_codes_each",
            ),
            models.CheckConstraint(
                condition=Q(name_pattern="") | Q(kind="multi_use"), name="promocodes_pool_name_pattern"
            ),
            models.CheckConstraint(
                condition=Q(stock_level__in=["enough", "low", "empty"]), name="promocodes_pool_stock_level"
            ),
            models.CheckConstraint(
                condition=Q(first_id__isnull=True, last_id__isnull=True) | Q(first_id__lte=F("last_id")),
                name="promocodes_pool_id_range",
            ),
        ]

    def __str__(self) -> str:
        return str(self.program)

    @property
    def is_on(self) -> bool:
        """Say whether advocates get codes of it."""
        return self.switched_on_at is not None

    def misses_codes(self, *, waiting: bool) -> bool:
        """Say whether it has run dry if its stock is empty: where codes are made from names, none is missing there."""
        return waiting or not self.name_pattern


class CodeBatch(models.Model):
    """Codes that came together: an upload, a paste, a run of the generator, or those added by hand."""

    class Source(models.TextChoices):
        UPLOAD = "upload", _("Uploaded")
        GENERATED = "generated", _("Generated")
        MANUAL = "manual", _("Added by hand")
        NAMES = "names", _("Made from names")

    pool = models.ForeignKey(CodePool, verbose_name=_("code pool"), on_delete=models.PROTECT, related_name="batches")
    name = models.CharField(_("name"), max_length=150)
    source = models.CharField(_("source"), max_length=10, choices=Source.choices, default=Source.UPLOAD)
    job = models.OneToOneField(
        Job, verbose_name=_("job"), null=True, blank=True, on_delete=models.PROTECT, related_name="code_batch"
    )
    added_by = models.CharField(_("added by"), max_length=254, blank=True)
    code_count = models.PositiveIntegerField(_("codes"), default=0)
    first_id = models.BigIntegerField(null=True, blank=True)
    last_id = models.BigIntegerField(null=True, blank=True)
    expires_at = models.DateTimeField(_("codes expire"), null=True, blank=True)
    created_at = models.DateTimeField(_("added"), default=timezone.now)

    class Meta:
        verbose_name = _("batch")
        verbose_name_plural = _("batches")
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="promocodes_batch_has_name"),
            models.CheckConstraint(
                condition=Q(source__in=["upload", "generated", "manual", "names"]), name="promocodes_batch_source"
            ),
            models.UniqueConstraint(fields=["pool"], condition=Q(source="names"), name="promocodes_batch_one_names"),
            models.UniqueConstraint(fields=["pool"], condition=Q(source="manual"), name="promocodes_batch_one_manual"),
        ]
        indexes = [models.Index(fields=["-created_at", "-id"], name="promocodes_batch_newest")]

    def __str__(self) -> str:
        return self.name


class PromoCode(models.Model):
    """
    A code, or the claim of a referral code on its text: all codes of the deployment share this table's unique index.

    Why: ``docs/adr/0012``. ``state`` says where a code is; the database keeps USED, WITHDRAWN and EXPIRED for good, and
    a code with the advocate who got it first.
    """

    class State(models.IntegerChoices):
        STOCK = 0, _("In stock")
        ASSIGNED = 1, _("Assigned")
        USED = 2, _("Used")
        WITHDRAWN = 3, _("Withdrawn")
        EXPIRED = 4, _("Expired")
        SHARED = 5, _("Fallback code")
        REFERRAL = 9, _("Referral code")

    # The batch names the pool, too, so that one constraint less is checked for each code of an upload.
    pool = models.ForeignKey(
        CodePool,
        verbose_name=_("program"),
        null=True,
        on_delete=models.PROTECT,
        related_name="codes",
        db_index=False,
        db_constraint=False,
    )
    # A batch's codes are found between its first and last id, which spares an index.
    batch = models.ForeignKey(
        CodeBatch, verbose_name=_("batch"), null=True, on_delete=models.PROTECT, related_name="codes", db_index=False
    )
    code = ExactCharField(
        _("code"),
        max_length=64,
        validators=[RegexValidator(CODE_FORM, _("Use up to 64 letters A to Z, digits, hyphens and underscores."))],
    )
    state = models.SmallIntegerField(_("state"), choices=State.choices, default=State.STOCK)
    is_multi_use = models.BooleanField(_("multi-use"), default=False)
    # Given beyond the advocate's set, so that it is not replaced when it is used and does not fill a place of the set.
    is_extra = models.BooleanField(_("added by hand"), default=False)
    # Participants are never deleted: who leaves is made nameless, and a trigger keeps who has codes. To have PostgreSQL
    # look the advocate up and lock their row for each code was a fifth of what giving it cost.
    participant = models.ForeignKey(
        Participant,
        verbose_name=_("advocate"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="promo_codes",
        db_index=False,
        db_constraint=False,
    )
    use_count = models.IntegerField(_("uses"), default=0)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    assigned_at = models.DateTimeField(_("assigned"), null=True, blank=True)
    copied_at = models.DateTimeField(_("copied"), null=True, blank=True)
    used_at = models.DateTimeField(_("used"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    class Meta:
        verbose_name = _("promo code")
        verbose_name_plural = _("promo codes")
        permissions = [
            ("give_code", "Can give a code to an advocate"),
            ("withdraw_code", "Can withdraw codes"),
        ]
        constraints = [
            models.UniqueConstraint(Lower("code"), name="promocodes_code_any_case"),
            # PostgreSQL parses the constraints of a table anew for each statement; there a trigger keeps the other two
            # (promocodes/code_rules.py).
            models.CheckConstraint(
                name="promocodes_code_state",
                condition=(Q(pool__isnull=False) | Q(state=9))
                & (
                    Q(state=1, participant__isnull=False, assigned_at__isnull=False)
                    & (Q(is_multi_use=True) | Q(used_at__isnull=True))
                    | Q(state=0, participant__isnull=True, used_at__isnull=True)
                    | Q(state=2, participant__isnull=False, used_at__isnull=False, is_multi_use=False)
                    | Q(state=3, withdrawn_at__isnull=False)
                    | Q(state=4, expires_at__isnull=False)
                    | Q(state=5, participant__isnull=True, is_multi_use=True)
                    | Q(state=9, participant__isnull=True, pool__isnull=True)
                ),
            ),
            models.CheckConstraint(
                name="promocodes_code_uses",
                condition=Q(use_count=0)
                | Q(used_at__isnull=False) & (Q(use_count=1) | Q(is_multi_use=True, use_count__gt=0)),
            ),
        ]
        indexes = [
            # Where each code is, the stock first. One index, as giving a code writes into all that the code is in.
            models.Index(fields=["pool", "state", "id"], name="promocodes_code_placed"),
            models.Index(
                fields=["participant", "pool", "id"],
                condition=Q(participant__isnull=False),
                name="promocodes_code_of_person",
            ),
            models.Index(
                fields=["pool", "-used_at", "-id"], condition=Q(used_at__isnull=False), name="promocodes_code_used"
            ),
            models.Index(
                fields=["expires_at"],
                condition=Q(expires_at__isnull=False, state__in=[0, 1]),
                name="promocodes_code_expiring",
            ),
            models.Index(
                fields=["pool", "state", "-id"], condition=Q(copied_at__isnull=False), name="promocodes_code_copied"
            ),
            models.Index(fields=["pool", "state", "-id"], condition=Q(is_extra=True), name="promocodes_code_extra"),
        ]

    def __str__(self) -> str:
        return self.code


class CodeUse(models.Model):
    """
    One use of a code, by a friend's order or sign-up; ``key`` is the caller's, and the same key is the same use.

    The database refuses to change or delete one.
    """

    code = models.ForeignKey(PromoCode, verbose_name=_("code"), on_delete=models.PROTECT, related_name="uses")
    key = ExactCharField(_("event"), max_length=255)
    friend = models.ForeignKey(
        Participant,
        verbose_name=_("friend"),
        null=True,
        on_delete=models.PROTECT,
        related_name="promo_code_uses",
    )
    referral = models.ForeignKey(
        Referral, verbose_name=_("referral"), null=True, on_delete=models.PROTECT, related_name="promo_code_uses"
    )
    at = models.DateTimeField(_("used"))

    class Meta:
        verbose_name = _("use of a code")
        verbose_name_plural = _("uses of codes")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["code", "key"], name="promocodes_use_once_for_key"),
            models.CheckConstraint(condition=~Q(key=""), name="promocodes_use_has_key"),
        ]

    def __str__(self) -> str:
        return f"{self.code} · {self.key}"


class CodeHolder(models.Model):
    """
    An advocate who gets codes of a pool; locking this row is what makes two hands give them one set.

    ``waiting_since`` is set while the set is short because the stock was empty: the queue is served oldest first.
    """

    pool = models.ForeignKey(CodePool, on_delete=models.PROTECT, related_name="holders", db_index=False)
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="code_holdings")
    joined_at = models.DateTimeField(default=timezone.now)
    waiting_since = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("advocate with codes")
        verbose_name_plural = _("advocates with codes")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["pool", "participant"], name="promocodes_holder_once")]
        indexes = [
            models.Index(
                fields=["pool", "waiting_since", "id"],
                condition=Q(waiting_since__isnull=False),
                name="promocodes_holder_waiting",
            )
        ]

    def __str__(self) -> str:
        return f"{self.participant} · {self.pool}"


class StockReading(models.Model):
    """How a pool stood at an instant, for the chart of its stock and the day on which it will run dry."""

    pool = models.ForeignKey(CodePool, on_delete=models.CASCADE, related_name="readings", db_index=False)
    at = models.DateTimeField()
    in_stock = models.PositiveIntegerField()
    assigned = models.PositiveIntegerField()
    copied = models.PositiveIntegerField(default=0)
    used = models.PositiveIntegerField()
    withdrawn = models.PositiveIntegerField()
    waiting = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["pool", "at"], name="promocodes_reading_once")]

    def __str__(self) -> str:
        return f"{self.pool} {self.at:%Y-%m-%d %H:%M}: {self.in_stock}"
