"""Messages to people: what they say, and how they go out. Nothing here logs a text or keeps one."""

import smtplib
from dataclasses import dataclass, field

from django.conf import settings
from django.core.mail import send_mail
from django.utils import translation
from django.utils.translation import gettext as _

from . import sms
from .models import Way
from .sms import NotSent

FINAL = 500  # from here on a mail server's answer will be the same next time


@dataclass(frozen=True)
class Message:
    """An SMS has no subject."""

    subject: str
    text: str = field(repr=False)


def send(way: str, to: str, message: Message) -> None:
    """Raises NotSent."""
    if way == Way.SMS:
        sms.send(to, message.text)
    else:
        _send_mail(to, message)


def code_message(code: str, language: str) -> Message:
    with translation.override(language or settings.LANGUAGE_CODE):
        text = _("Fleet Platform: your code is %(code)s. It is good for %(minutes)d minutes.")
        told = {"code": code, "minutes": settings.CODE_SECONDS // 60}
        return Message(_("Your code for Fleet Platform"), text % told)


def temporary_password_message(secret: str, language: str) -> Message:
    with translation.override(language or settings.LANGUAGE_CODE):
        text = _(
            "Fleet Platform: your temporary password is %(secret)s. It works once, within"
            " %(minutes)d minutes. Your old password stays as it is until you set a new one."
        )
        told = {"secret": secret, "minutes": settings.TEMPORARY_PASSWORD_SECONDS // 60}
        return Message(_("Your temporary password for Fleet Platform"), text % told)


def _send_mail(to: str, message: Message) -> None:
    try:
        send_mail(message.subject, message.text, None, [to])
    except smtplib.SMTPRecipientsRefused as error:
        codes = {code for code, _answer in error.recipients.values()}
        again = any(code < FINAL for code in codes)
        raise NotSent("the mail server refuses this address", again=again) from None
    except smtplib.SMTPResponseException as error:
        again = error.smtp_code < FINAL
        raise NotSent(f"the mail server answered {error.smtp_code}", again=again) from None
    except (smtplib.SMTPException, OSError) as error:
        raise NotSent(f"the mail server is away ({type(error).__name__})", again=True) from None
