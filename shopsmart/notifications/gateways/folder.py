"""Mail into a folder: one `.eml` file each, for machines without a mail server."""

import hashlib
import logging
import os
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from shopsmart.notifications.gateways import TryLater

log = logging.getLogger(__name__)


class FolderMailer:
    harmless_twice = True  # the same Message-ID is the same file

    def __init__(self, folder: Path):
        self._folder = folder

    def send(self, message: EmailMessage) -> None:
        name = _file_name(message["Message-ID"])
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            # Written aside and renamed, so that a reader never sees half a mail.
            half = self._folder / f".{name}.{os.getpid()}"
            half.write_bytes(message.as_bytes(policy=SMTP))
            half.replace(self._folder / name)
        except OSError as fault:
            raise TryLater(str(fault)) from fault
        log.info("mail written", extra={"file": name, "to": message["To"], "subject": message["Subject"]})


def _file_name(message_id: str) -> str:
    plain = message_id.strip("<>")
    safe = "".join(char if char.isalnum() or char in "-_.@" else "_" for char in plain)
    return f"{safe}.eml" if len(safe) <= 120 else f"{hashlib.sha256(plain.encode()).hexdigest()}.eml"
