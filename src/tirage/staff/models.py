"""The winery's team. The tables keep the names under which they were first made."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

from tirage.core.fields import reference_field, state_check
from tirage.core.sessions import DeviceSession
from tirage.offers.models import Release
from tirage.staff.states import Role, TourStep
from tirage.tables.cleaning import identity

if TYPE_CHECKING:
    from django.contrib.sessions.backends.base import SessionBase


class StaffManager(BaseUserManager["StaffMember"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> StaffMember:
        """A team member; without a password nobody can sign in until one is set by mailed link."""
        member = self.model(email=identity(email), **fields)
        member.set_password(password)
        member.save(using=self._db)
        return member

    def get_by_natural_key(self, username: str | None) -> StaffMember:
        return self.get(email=identity(username or ""))


class StaffMember(AbstractBaseUser):
    reference = reference_field("STF")
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=12, default=Role.READ_ONLY.value)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(auto_now_add=True)
    #: Raised by whatever ends what the member was given: see ``staff.sessions.end_permissions``.
    epoch = models.PositiveIntegerField(default=1)
    #: Where the member is in the tour through a release; empty before it, and after its end.
    tour_step = models.CharField(max_length=10, blank=True)
    #: Whether the tour shows on the pages; it is left and resumed at will.
    is_touring = models.BooleanField(default=False)
    #: The release that the tour is about, once there is one.
    tour_release = models.ForeignKey(
        Release, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    #: Whether the notes of the week are mailed.
    wants_notes = models.BooleanField(default=False, db_default=False)

    objects: ClassVar[StaffManager] = StaffManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        db_table = "backoffice_staffmember"
        constraints = [
            state_check("role", Role, "staff_role_is_legal"),
            models.CheckConstraint(condition=Q(email=Lower("email")), name="staff_email_lower_case"),
            models.CheckConstraint(
                condition=Q(tour_step__in=["", *(step.value for step in TourStep)]),
                name="staff_tour_step_is_legal",
            ),
            models.CheckConstraint(
                condition=Q(is_touring=False) | ~Q(tour_step=""), name="staff_tours_at_a_step"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def standing(self) -> str:
        """Who the member is at this door: whatever was given to another standing opens nothing."""
        return "|".join(
            [str(self.pk), self.email, self.role, str(self.is_active), str(self.epoch), self.password]
        )

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Django's, which knows the password alone. Sessions and known devices carry it and are compared with it."""
        return salted_hmac(
            "tirage.staff.standing", self.standing, secret=secret, algorithm="sha256"
        ).hexdigest()


class SharedMemory(models.Model):
    """What all processes have to remember together for a while, such as how many wrong codes were typed.

    The columns are those of Django's database cache, which writes here; the setting CACHES names the table.
    """

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "backoffice_sharedmemory"

    def __str__(self) -> str:
        return self.cache_key


class StaffSession(AbstractBaseSession, DeviceSession):
    """A session of Django's with the device that it began on; ``member`` is None until somebody has signed in.

    The key is kept hashed and the data sealed (see ``staff.session_store``): this table opens no door.
    """

    member = models.ForeignKey(StaffMember, on_delete=models.CASCADE, null=True, related_name="sessions")

    class Meta:
        db_table = "staff_session"

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        store: type[SessionBase] = import_module(settings.SESSION_ENGINE).SessionStore
        return store
