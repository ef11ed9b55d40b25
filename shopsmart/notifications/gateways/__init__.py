"""Whoever carries a mail or a text message: a server of somebody's, or a folder where there is none."""

from email.message import EmailMessage
from typing import Protocol

from shopsmart.settings import Settings


class MailFailed(Exception):
    """Base: the mail was not sent, and `str()` says why."""


class TryLater(MailFailed):
    """Surely not sent; the same mail may be tried again."""


class Refused(MailFailed):
    """The server will never take this mail."""


class Uncertain(MailFailed):
    """Nobody knows whether it was sent: the connection broke after the mail was handed over."""


class Mailer(Protocol):
    harmless_twice: bool
    """Whether sending the same mail again leaves the reader with one."""

    def send(self, message: EmailMessage) -> None:
        """Carry one mail. Raises TryLater, Refused, Uncertain."""


class Texter(Protocol):
    def send(self, phone: str, text: str) -> None:
        """Carry one text message to a number in E.164. Raises Unavailable `sms_unavailable`."""


def texter(settings: Settings) -> Texter | None:
    """Amazon SNS where `SHOPSMART_SMS_URL` is set; else a folder of text files, and nobody in production."""
    from shopsmart.notifications.gateways.texts import FolderTexter, SnsTexter

    if settings.sms_url:
        return SnsTexter(settings.sms_url)
    return None if settings.production else FolderTexter(settings.mail_dir)


def mailer(settings: Settings) -> Mailer:
    """SMTP where `SMTP_URL` is set, else a folder of `.eml` files."""
    from shopsmart.notifications.gateways.folder import FolderMailer
    from shopsmart.notifications.gateways.smtp import SmtpMailer

    return SmtpMailer(settings.smtp_url) if settings.smtp_url else FolderMailer(settings.mail_dir)
