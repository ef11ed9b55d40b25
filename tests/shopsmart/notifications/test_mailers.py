"""Mail goes into a folder whole or not at all; by SMTP each refusal says whether to try again."""

import socket
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from shopsmart.notifications.gateways import Refused, TryLater, Uncertain, mailer
from shopsmart.notifications.gateways.folder import FolderMailer
from shopsmart.notifications.gateways.smtp import SmtpMailer
from shopsmart.settings import Settings


def a_mail(to="Asha ଦାସ <asha@example.in>", message_id="<ev1@shopsmart.local>"):
    mail = EmailMessage()
    mail["Subject"] = "Order ଅର୍ଡର 7K3M"
    mail["From"] = "ShopSmart <orders@shopsmart.local>"
    mail["To"] = to
    mail["Message-ID"] = message_id
    mail.set_content("ନମସ୍କାର")
    return mail


class Server:
    """What a mail server is told, and what it answers at RCPT and DATA."""

    def __init__(self, rcpt="250 OK", data="250 OK"):
        self.mails = []
        self._rcpt, self._data = rcpt, data

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self._rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self._rcpt

    async def handle_DATA(self, server, session, envelope):
        if self._data == "hang up":
            server.transport.abort()
            return "451 gone"
        self.mails.append(envelope)
        return self._data


def a_free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def serve():
    running = []

    def start(handler, **options):
        controller = Controller(handler, hostname="127.0.0.1", port=a_free_port(), **options)
        controller.start()
        running.append(controller)
        return controller.port

    yield start
    for controller in running:
        controller.stop()


def test_the_folder_gets_one_readable_file_per_message_id(tmp_path):
    folder = FolderMailer(tmp_path / "new" / "outbox")

    folder.send(a_mail())
    folder.send(a_mail())

    (file,) = (tmp_path / "new" / "outbox").iterdir()
    assert file.name == "ev1@shopsmart.local.eml"
    mail = message_from_bytes(file.read_bytes(), policy=default)
    assert mail["Subject"] == "Order ଅର୍ଡର 7K3M"
    assert mail.get_content().strip() == "ନମସ୍କାର"


@pytest.mark.parametrize("message_id", ["<../../etc/passwd@x>", f"<{'x' * 300}@x>", "<a/b\\c@x>"])
def test_a_strange_message_id_stays_in_the_folder(tmp_path, message_id):
    FolderMailer(tmp_path / "outbox").send(a_mail(message_id=message_id))

    (file,) = (tmp_path / "outbox").iterdir()
    assert [entry.name for entry in tmp_path.iterdir()] == ["outbox"]
    assert file.suffix == ".eml"


def test_a_folder_that_cannot_be_written_is_tried_later(tmp_path):
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(TryLater):
        FolderMailer(tmp_path / "file").send(a_mail())


def test_smtp_carries_the_mail_with_its_login(serve):
    logins = []

    def authenticate(server, session, envelope, mechanism, data):
        logins.append((data.login, data.password))
        return AuthResult(success=True)

    handler = Server()
    port = serve(handler, authenticator=authenticate, auth_require_tls=False)

    mailer(Settings(smtp_url=f"smtp://shop%40x:p%3Aw@127.0.0.1:{port}")).send(a_mail())

    (envelope,) = handler.mails
    assert envelope.rcpt_tos == ["asha@example.in"]
    assert message_from_bytes(envelope.content, policy=default)["Subject"] == "Order ଅର୍ଡର 7K3M"
    assert logins == [(b"shop@x", b"p:w")]


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        ({"rcpt": "550 no such user"}, Refused),
        ({"rcpt": "450 later"}, TryLater),
        ({"data": "554 spam"}, Refused),
        ({"data": "451 later"}, TryLater),
        ({"data": "hang up"}, Uncertain),
    ],
)
def test_each_answer_of_the_server_says_whether_to_try_again(serve, answers, kind):
    port = serve(Server(**answers))

    with pytest.raises(kind):
        SmtpMailer(f"smtp://127.0.0.1:{port}").send(a_mail())


def test_a_server_that_is_away_or_refuses_the_login_is_tried_later(serve):
    def deny(server, session, envelope, mechanism, data):
        return AuthResult(success=False, handled=False)

    port = serve(Server(), authenticator=deny, auth_require_tls=False)

    for url in (f"smtp://127.0.0.1:{a_free_port()}", f"smtp://user:wrong@127.0.0.1:{port}"):
        with pytest.raises(TryLater):
            SmtpMailer(url).send(a_mail())


def test_a_server_without_tls_gets_nothing_when_tls_is_asked_for(serve):
    handler = Server()
    port = serve(handler)

    with pytest.raises(TryLater):
        SmtpMailer(f"smtp://127.0.0.1:{port}?starttls=1").send(a_mail())

    assert handler.mails == []


@pytest.mark.parametrize("url", ["http://mail", "smtp://", "mail.example.in"])
def test_an_address_that_is_no_mail_server_is_refused_at_once(url):
    with pytest.raises(ValueError, match="SMTP_URL"):
        SmtpMailer(url)
