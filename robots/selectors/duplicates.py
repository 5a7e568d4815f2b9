"""Whether a value is in use, before somebody signs up or registers with it: /dupcheck."""

from collections.abc import Callable

from django.db.models import QuerySet

from accounts.models import Device, User
from accounts.sms import clean_number

from ..models import Robot

Search = Callable[[str], QuerySet]


def _numbers(said: str) -> QuerySet[User]:
    """In the form that it was typed, and in the one that sign-up keeps."""
    try:
        forms = {said, clean_number(said)}
    except ValueError:
        forms = {said}
    return User.objects.filter(phone_number__in=forms)


def _emails(said: str) -> QuerySet[User]:
    """Users and administrators share one list of addresses here."""
    return User.objects.filter(email__iexact=said)


SEARCHES: dict[tuple[str, str], Search] = {
    ("Users", "email"): _emails,
    ("Users", "phoneNumber"): _numbers,
    ("Users", "userName"): lambda said: User.objects.filter(name=said),
    ("Admin", "email"): _emails,
    ("Registry", "robot_id"): lambda said: Robot.objects.filter(robot_id=said),
    ("Registry", "fCode"): lambda said: Device.objects.filter(factory_code=said),
    ("Registry", "serialNumber"): lambda said: Device.objects.filter(serial_number=said),
}


def is_taken(collection: str, field: str, value: str) -> bool:
    """Raises KeyError for what is not on the list. Rows of every workspace count, removed robots too."""
    return SEARCHES[collection, field](value.strip()).exists()
