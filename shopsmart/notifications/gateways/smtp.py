"""Mail by SMTP: `smtp://user:password@host:port?starttls=1` or `smtps://…`."""

import smtplib
import ssl
from email.message import EmailMessage
from urllib.parse import parse_qs, unquote, urlsplit

from shopsmart.notifications.gateways import Refused, TryLater, Uncertain

TIMEOUT_SECONDS = 10


class SmtpMailer:
    harmless_twice = False

    def __init__(self, url: str):
        parts = urlsplit(url)
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise ValueError("SMTP_URL must look like smtp://user:password@host:port?starttls=1")
        self._tls = parts.scheme == "smtps"
        self._starttls = parse_qs(parts.query).get("starttls", ["0"])[0] in {"1", "true", "yes"}
        self._host = parts.hostname
        self._port = parts.port or (465 if self._tls else 25)
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")

    def send(self, message: EmailMessage) -> None:
        try:
            server = self._connect()
        except smtplib.SMTPAuthenticationError as fault:
            raise TryLater(f"the mail server refused the login: {fault.smtp_code}") from fault
        except (OSError, smtplib.SMTPException) as fault:
            raise TryLater(f"no connection to the mail server: {fault}") from fault
        try:
            server.send_message(message)
        except smtplib.SMTPRecipientsRefused as fault:
            codes = [code for code, _ in fault.recipients.values()]
            raise (Refused if all(code >= 500 for code in codes) else TryLater)(
                "recipient refused"
            ) from fault
        except smtplib.SMTPResponseException as fault:
            raise (Refused if fault.smtp_code >= 500 else TryLater)(f"refused: {fault.smtp_code}") from fault
        except smtplib.SMTPNotSupportedError as fault:
            raise Refused(f"the server cannot carry this address: {fault}") from fault
        except (OSError, smtplib.SMTPException) as fault:
            raise Uncertain(f"the connection broke: {fault}") from fault
        finally:
            # The mail is decided; a server that is rude at parting changes nothing.
            server.close()

    def _connect(self) -> smtplib.SMTP:
        if self._tls:
            context = ssl.create_default_context()
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self._host, self._port, timeout=TIMEOUT_SECONDS, context=context
            )
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=TIMEOUT_SECONDS)
        try:
            if self._starttls:
                server.starttls(context=ssl.create_default_context())
            if self._user:
                server.login(self._user, self._password)
        except BaseException:
            server.close()
            raise
        return server
