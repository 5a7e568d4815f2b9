"""Codes that prove an address. Asking is the same work for every address; the code is made when it is sent.

So it lies in no queue and in no log: the queue has the row's id, the row has a hash keyed by SECRET_KEY, and the
code itself is in the worker's memory until the message has gone.
"""

import secrets
from contextlib import suppress
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from fleet_platform.shared.background import send_later
from fleet_platform.shared.errors import Invalid, Unavailable

from .. import messages, sms
from ..models import OneTimeCode, Profile, User, Way
from ..sms import NotSent
from .rate_limits import count_lookup, count_message

WRONG_TRIES = 5
DIGITS = 6


def code_request(
    *, email: str, way: str, phone_number: str = "", address: str | None
) -> str | None:
    """Send a code for an e-mail address: to it, or as SMS to the number. Raises Invalid, TooMany, Unavailable.

    Answers None, or the code itself where FLYINGLET_ECHO_CODES asks for it (development alone).
    """
    email = email.strip().lower()
    if way == Way.SMS:
        phone_number = _number(phone_number)
    count_message("code", [email, phone_number] if phone_number else [email], address)
    with transaction.atomic():
        row = OneTimeCode.objects.create(
            email=email,
            way=way,
            phone_number=phone_number,
            language=get_language() or "",
            asked_from=address,
        )
        if not echoes():
            send_later("accounts.send_code", row.pk, expires=settings.CODE_SECONDS)
            return None
    code = _begin(row)
    with suppress(NotSent):
        _check_number(row)
        _deliver(row, code)
    return code


def code_send(*, code_id: int) -> None:
    """Make the code of a row and send it, unless it went already, is too old to be awaited, or a newer one was asked
    for. Raises NotSent.

    Sending again makes another code: the one before is good for nothing.
    """
    awaited = timezone.now() - timedelta(seconds=settings.CODE_SECONDS)
    rows = OneTimeCode.objects.filter(pk=code_id)
    row = rows.filter(sent_at=None, used_at=None, created_at__gt=awaited).first()
    if row is None or _is_outdated(row):
        return
    try:
        _check_number(row)
        _deliver(row, _begin(row))
    except NotSent as error:
        rows.update(failure=error.reason[:200])
        raise
    rows.update(sent_at=timezone.now(), failure="")


def code_check(*, email: str, code: str, address: str | None) -> bool:
    """Whether this is the newest code of the address, by mail or to a number of it. It works once; five wrong tries end
    it. Raises TooMany."""
    count_lookup("code-check", address)
    email, code = email.strip().lower(), code.strip()
    for row in _live(email).order_by("-id")[: settings.CODES_PER_ADDRESS]:
        if _spend(row, code):
            _confirm(row)
            return True
    return False


def echoes() -> bool:
    return settings.DEBUG and settings.FLYINGLET_ECHO_CODES


def confirmed_at(email: str, way: str, phone_number: str = ""):
    """When somebody proved, within the last hour, that messages to the address reach him; None if nobody did."""
    rows = OneTimeCode.objects.filter(
        email=email.lower(), way=way, used_at__gt=timezone.now() - timedelta(hours=1)
    )
    if way == Way.SMS:
        rows = rows.filter(phone_number=phone_number)
    return rows.order_by("-used_at").values_list("used_at", flat=True).first()


def _is_outdated(row: OneTimeCode) -> bool:
    newer = OneTimeCode.objects.filter(email=row.email, way=row.way, pk__gt=row.pk)
    return newer.filter(phone_number=row.phone_number).exists()


def _begin(row: OneTimeCode) -> str:
    """A new code: from now on the only one of the address that is sent this way, to this number."""
    code, now = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}", timezone.now()
    with transaction.atomic():
        same = OneTimeCode.objects.filter(
            email=row.email, way=row.way, phone_number=row.phone_number, used_at=None
        )
        same.filter(pk__lt=row.pk, expires_at__gt=now).update(expires_at=now)
        OneTimeCode.objects.filter(pk=row.pk).update(
            code_hash=_digest(row.pk, code),
            expires_at=now + timedelta(seconds=settings.CODE_SECONDS),
        )
    return code


def _deliver(row: OneTimeCode, code: str) -> None:
    message = messages.code_message(code, row.language)
    if row.way == Way.EMAIL:
        messages.send(Way.EMAIL, row.email, message)
    else:
        messages.send(Way.SMS, row.phone_number, message)


def _check_number(row: OneTimeCode) -> None:
    """Raises NotSent where the address has an account with another number: a code to it would prove nothing about the
    account. Asked before a code begins, so that nobody ends the code of somebody else."""
    if row.way != Way.SMS:
        return
    user = User.objects.filter(email__iexact=row.email).first()
    if user is not None and _same_form(user.phone_number) != _same_form(row.phone_number):
        raise NotSent("the account has another phone number", again=False)


def _same_form(number: str) -> str:
    try:
        return sms.clean_number(number)
    except ValueError:
        return ""


def _number(said: str) -> str:
    if not sms.is_offered():
        raise Unavailable(3600, _("This installation sends no SMS."))
    try:
        return sms.clean_number(said)
    except ValueError as error:
        raise Invalid({"phone_number": str(error)}) from None


def _live(email: str):
    return OneTimeCode.objects.filter(
        email=email, used_at=None, expires_at__gt=timezone.now(), tries__lt=WRONG_TRIES
    )


def _spend(row: OneTimeCode, code: str) -> bool:
    """Each try is counted before the code is looked at, by a conditional update: no crowd has more than five."""
    if not _live(row.email).filter(pk=row.pk).update(tries=F("tries") + 1):
        return False
    if not constant_time_compare(row.code_hash, _digest(row.pk, code)):
        return False
    unused = OneTimeCode.objects.filter(pk=row.pk, used_at=None, code_hash=row.code_hash)
    return bool(unused.update(used_at=timezone.now()))


def _confirm(row: OneTimeCode) -> None:
    """Note on the account, if there is one, that its address was proven."""
    user = User.objects.filter(email__iexact=row.email).first()
    if user is None:
        return
    if row.way == Way.EMAIL:
        proven = "email_verified_at"
    elif _same_form(user.phone_number) == row.phone_number:
        proven = "phone_verified_at"
    else:
        return
    Profile.objects.update_or_create(user=user, defaults={proven: timezone.now()})


def _digest(row_id: int, code: str) -> str:
    return salted_hmac("accounts.code", f"{row_id}:{code}", algorithm="sha256").hexdigest()
