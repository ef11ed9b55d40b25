"""The deployment files against their schemas and linters, and docker compose's interpolation."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
VARIABLE = re.compile(r"\$\{(?P<name>[A-Z_]+)(?:(?P<how>:-|:\?)(?P<rest>[^}]*))?\}")
SECRETS = {"MONGODB_PASSWORD", "MONGODB_KEY", "REDIS_PASSWORD", "SHOPSMART_SECRET"}
MUST_BE_SET = {*SECRETS, "SHOPSMART_PUBLIC_URL", "SMTP_URL"}


def run(*command: str | Path) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def compose_text() -> str:
    lines = (ROOT / "docker-compose.yml").read_text().splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith("#")).replace("$$", "")


def compose() -> dict:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


@pytest.mark.parametrize(
    ("schema", "file"),
    [
        ("vendor.compose-spec", "docker-compose.yml"),
        ("vendor.github-workflows", ".github/workflows/ci.yml"),
    ],
)
def test_the_file_follows_its_schema(schema, file):
    run(BIN / "check-jsonschema", "--builtin-schema", schema, file)


def test_yaml_files_are_tidy():
    run(BIN / "yamllint", "--strict", "docker-compose.yml", ".github", ".yamllint.yml")


def test_the_dockerfiles_pass_their_linter():
    run(BIN / "hadolint", "Dockerfile", "storefront/Dockerfile")


@pytest.mark.skipif(not shutil.which("sh"), reason="needs sh")
@pytest.mark.parametrize("script", ["deploy/system-packages.sh", "deploy/build-web.sh", ".ci/run"])
def test_shell_scripts_parse(script):
    run("sh", "-n", script)


def test_the_test_command_is_the_same_everywhere():
    """CI, the README and the make target may not drift apart."""
    assert "exec make test" in (ROOT / ".ci/run").read_text()
    assert "run: .ci/run" in (ROOT / ".github/workflows/ci.yml").read_text()
    assert "make test" in (ROOT / "README.md").read_text()


def test_what_an_operator_must_choose_has_no_default_and_a_message():
    hows: dict[str, set[str]] = {}
    for use in VARIABLE.finditer(compose_text()):
        hows.setdefault(use["name"], set()).add(use["how"] or "")
        if use["how"] == ":?":
            assert len(use["rest"]) > 10, f"{use['name']} does not say what to set"

    assert {name for name, how in hows.items() if how == {":?"}} == MUST_BE_SET
    assert all(how == {":-"} for name, how in hows.items() if name not in MUST_BE_SET)


def test_no_secret_is_written_in_the_file():
    assert not re.search(
        r"(?i)(password|secret|key):\s*[\"']?[a-z0-9]{6,}[\"']?\s*$", compose_text(), re.MULTILINE
    )


def test_every_service_of_the_shop_gets_a_whole_production_environment():
    """What compose gives must be what the shop's own settings accept."""
    from shopsmart import settings

    given = dict.fromkeys(SECRETS, "x" * 40) | {
        "SHOPSMART_PUBLIC_URL": "https://shop.example",
        "SMTP_URL": "smtp://mail.example:587",
    }
    shops = {name: part for name, part in compose()["services"].items() if "shopsmart:" in part["image"]}

    assert shops.keys() == {
        *("indexes", "api", "streams", "scheduler"),
        *("worker-critical", "worker-default", "worker-bulk", "worker-sqs"),
    }
    for service in shops.values():
        environ = {name: interpolated(value, given) for name, value in service["environment"].items()}
        loaded = settings.load(environ)
        assert loaded.production
        assert loaded.proxy_hops == 1
        assert loaded.mongodb_uri.startswith("mongodb://shopsmart:xxxx")


def interpolated(text: str, given: dict[str, str]) -> str:
    """As docker compose does it."""
    return VARIABLE.sub(
        lambda use: given.get(use["name"]) or (use["rest"] if use["how"] == ":-" else ""), text
    )


def test_databases_are_not_reachable_from_outside():
    parts = compose()

    assert parts["networks"]["inside"] == {"internal": True}
    for name in ("mongo", "mongo-set", "redis"):
        assert parts["services"][name]["networks"] == ["inside"]
    assert [name for name, part in parts["services"].items() if "ports" in part] == ["nginx"]


def test_the_containers_of_the_shop_have_no_rights_to_spare():
    for part in compose()["services"].values():
        if part["image"].startswith("shopsmart"):
            assert part["read_only"] is True
            assert part["cap_drop"] == ["ALL"]
            assert part["security_opt"] == ["no-new-privileges:true"]


def test_the_image_holds_every_package_and_no_private_file():
    """.dockerignore lets in by name; a new package must be named there."""
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}

    assert {
        "shopsmart",
        "blueprints",
        "workers",
        "wsgi.py",
        "deploy/gunicorn.conf.py",
        "constraints.txt",
    } <= let_in
    assert not {".env", ".data", ".git", "nginx"} & let_in


def test_every_dependency_is_pinned_in_the_closure():
    from importlib.metadata import distribution

    pinned = {
        re.sub(r"[-_.]+", "-", line.split("==")[0]).lower()
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if "==" in line
    }
    asked = distribution("shopsmart").requires or []

    assert all("==" in line.split(";")[0] for line in asked)
    assert {re.sub(r"[-_.]+", "-", re.split(r"[=; \[]", line)[0]).lower() for line in asked} <= pinned
