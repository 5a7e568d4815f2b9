"""People. A user signs in by e-mail."""

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..roles import MANAGERS, PlatformRole


class UserManager(BaseUserManager):
    def get_by_natural_key(self, username: str):
        return self.get(email__iexact=username)

    def create_user(self, email: str, password: str | None = None, **fields):
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields):
        return self.create_user(email, password, role=PlatformRole.OWNER, **fields)


class User(AbstractBaseUser):
    """A person. Rights come from `role` on the whole platform and from memberships in workspaces."""

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=150, blank=True)
    phone_number = models.CharField(_("phone number"), max_length=32, blank=True)
    role = models.CharField(
        _("platform role"), max_length=16, choices=PlatformRole, default=PlatformRole.USER
    )
    language = models.CharField(
        _("language"), max_length=8, blank=True, choices=[("ko", "한국어"), ("en", "English")]
    )
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(_("date joined"), default=timezone.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_any_case")]

    def __str__(self) -> str:
        return self.email

    @property
    def is_superuser(self) -> bool:
        return self.role == PlatformRole.OWNER

    @property
    def is_staff(self) -> bool:
        """Whether the admin console opens at all; its pages are scoped to the workspaces that the user manages."""
        if self.role != PlatformRole.USER:
            return True
        if not hasattr(self, "_manages"):
            self._manages = self.memberships.filter(role__in=MANAGERS).exists()
        return self._manages

    def has_perm(self, perm: str, obj=None) -> bool:
        return self.is_active and self.is_superuser

    def has_perms(self, perms, obj=None) -> bool:
        return self.is_active and self.is_superuser

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_staff

    def get_short_name(self) -> str:
        return self.name or self.email.split("@")[0]


class Profile(models.Model):
    """What a person said of himself when signing up, and what a console may correct. None of it gives a right."""

    user = models.OneToOneField(
        User, models.CASCADE, related_name="profile", verbose_name=_("user")
    )
    asked_role = models.CharField(
        _("role asked for"),
        max_length=64,
        blank=True,
        help_text=_("As written when signing up. It grants nothing."),
    )
    email_verified_at = models.DateTimeField(_("e-mail confirmed at"), null=True, blank=True)
    phone_verified_at = models.DateTimeField(_("phone confirmed at"), null=True, blank=True)
    company_name = models.CharField(_("company"), max_length=150, blank=True)
    job = models.CharField(_("job"), max_length=150, blank=True)
    job_position = models.CharField(_("job position"), max_length=150, blank=True)
    zip_code = models.CharField(_("zip code"), max_length=32, blank=True)
    full_address = models.CharField(_("address"), max_length=250, blank=True)
    address_detail = models.CharField(_("address detail"), max_length=250, blank=True)
    picture = models.CharField(_("picture"), max_length=500, blank=True, help_text=_("Its URL"))

    class Meta:
        verbose_name = _("profile")
        verbose_name_plural = _("profiles")

    def __str__(self) -> str:
        return f"profile of {self.user_id}"
