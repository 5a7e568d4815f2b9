"""Notices by e-mail: one message for whatever is due to a channel, in the person's language."""

import hashlib
import smtplib
from collections.abc import Sequence
from email.utils import parseaddr
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Workspace
from fleet_platform.shared.clock import parse_us, to_datetime

from ..alarms.titles import title_of
from ..models import Delivery, NotificationChannel, Severity
from .outcomes import Failed

FINAL = 500  # from here on a mail server's answer will be the same next time
SUBJECT_LONGEST = 150


def send_notices(channel: NotificationChannel, notices: Sequence[Delivery]) -> None:
    """Raises Failed."""
    with translation.override(channel.user.language or settings.LANGUAGE_CODE):
        lines = "\n\n".join(_paragraph(one) for one in notices)
        footer = _("You get this because you asked Fleet Platform to tell you of alarms.")
        text = f"{lines}\n\n-- \n{footer}\n{settings.PUBLIC_URL}\n"
        subject = _subject(notices)
    _send(channel.address, subject, text, key=_key(notices))


def send_confirmation(channel: NotificationChannel, token: str) -> None:
    """Raises Failed."""
    with translation.override(channel.user.language or settings.LANGUAGE_CODE):
        text = _(
            "%(person)s wants alarms of Fleet Platform to be sent to this address. To agree, give this"
            " code to %(person)s:\n\n%(token)s\n\nIt is good for one day. If you do not agree, do nothing:"
            " no more messages will come."
        )
        told = {"person": channel.user.email, "token": token}
        _send(channel.address, _("Confirm this address for alarms"), text % told)


def send_trial(channel: NotificationChannel) -> None:
    """Raises Failed."""
    with translation.override(channel.user.language or settings.LANGUAGE_CODE):
        text = _("This is how Fleet Platform will tell you of alarms. Nothing has happened.")
        _send(
            channel.address, _("Test of a notification channel"), f"{text}\n{settings.PUBLIC_URL}\n"
        )


def _key(notices: Sequence[Delivery]) -> str:
    """The same for the same notices, in whatever order; another as soon as one is added."""
    keys = sorted(str(one.key) for one in notices)
    return keys[0] if len(keys) == 1 else hashlib.sha256("".join(keys).encode()).hexdigest()[:32]


def _subject(notices: Sequence[Delivery]) -> str:
    first = _headline(notices[0].document, notices[0].happening)
    more = len(notices) - 1
    if more:
        first += " " + ngettext("and %d more", "and %d more", more) % more
    return " ".join(first.split())[:SUBJECT_LONGEST]


def _headline(document: dict, happening: str) -> str:
    label = Severity(document["severity"]).label
    if happening == Delivery.Happening.CLEARED:
        label = Delivery.Happening.CLEARED.label
    return f"[{label}] {document['device_name']}: {title_of(document['code'])}"


def _paragraph(notice: Delivery) -> str:
    told, raised = notice.document, notice.happening == Delivery.Happening.RAISED
    moment = told["last_raised_at"] if raised else told["cleared_at"]
    lines = [
        _headline(told, notice.happening),
        f"{_('When')}: {_local(moment, notice.workspace)}",
        f"{_('Where')}: {_place(told['data'], notice.workspace)}",
    ]
    if told["count"] > 1:
        lines.append(f"{_('Times')}: {told['count']}")
    return "\n".join([*lines, f"{settings.PUBLIC_URL}/devices/{told['device_id']}/"])


def _place(data: dict, workspace: Workspace) -> str:
    zone = data.get("zone") or {}
    map_id = (data.get("position") or {}).get("map_id")
    return ", ".join(str(part) for part in (workspace.name, map_id, zone.get("name")) if part)


def _local(moment: str, workspace: Workspace) -> str:
    local = to_datetime(parse_us(moment), ZoneInfo(workspace.time_zone))
    return f"{local:%Y-%m-%d %H:%M:%S} ({workspace.time_zone})"


def _send(to: str, subject: str, text: str, *, key: str = "") -> None:
    headers = {"Auto-Submitted": "auto-generated"}
    if key:  # the same message, where it was sent twice
        domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].partition("@")[2] or "localhost"
        headers |= {"Message-ID": f"<{key}@{domain}>", "X-Fleet-Event-Id": key}
    try:
        EmailMessage(subject, text, None, [to], headers=headers).send()
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _answer in error.recipients.values()]
        final = all(code >= FINAL for code in codes)
        raise Failed("the mail server refuses this address", final=final) from None
    except smtplib.SMTPResponseException as error:
        raise Failed(f"the mail server answered {error.smtp_code}", ours=True) from None
    except (smtplib.SMTPException, OSError) as error:
        raise Failed(f"the mail server is away ({type(error).__name__})", ours=True) from None
