"""`mailsim accounts --for`: what it writes, beside what the tests of each client show by using it."""

import plistlib
import ssl
from pathlib import Path

import pytest

from mailsim.config import Endpoint
from mailsim.profiles import PROFILES, Login
from tests.e2e.clients.support import Office, Programs

CLIENTS = sorted(PROFILES)


@pytest.mark.parametrize("client", CLIENTS)
def test_a_profile_is_printed(office: Office, client: str) -> None:
    assert office.password("me") in office.mailsim("accounts", "--for", client, "me")


def test_a_profile_in_a_file_is_for_its_owner_only(office: Office, tmp_path: Path) -> None:
    assert office.profile("mutt", "me", tmp_path / "muttrc").stat().st_mode & 0o777 == 0o600


def test_a_file_without_a_client_is_a_mistake(office: Office, tmp_path: Path) -> None:
    assert office.mailsim.run("accounts", "me", "-o", str(tmp_path / "x")).returncode == 2


def test_which_of_several_people_has_to_be_said(office: Office) -> None:
    assert "say which account" in office.mailsim.error("accounts", "--for", "mutt", code=5)


def test_an_unknown_account_is_not_found(office: Office) -> None:
    assert "there is no account `nobody`" in office.mailsim.error("accounts", "nobody", "--for", "mutt", code=5)
    assert "there is no account `nobody`" in office.mailsim.error("accounts", "nobody", code=5)


def test_one_account_is_told_alone(office: Office) -> None:
    assert office.mailsim.json("accounts", "me")["address"] == "me@mailsim.test"


def test_apples_profile_holds_the_account_and_the_authority(office: Office) -> None:
    profile = plistlib.loads(office.mailsim("accounts", "--for", "apple", "me").encode())
    mail, authority = profile["PayloadContent"]
    assert profile["PayloadType"] == "Configuration"
    assert (mail["IncomingMailServerHostName"], mail["IncomingMailServerPortNumber"]) == ("localhost", office.imap)
    assert mail["IncomingPassword"] == office.password("me")
    assert ssl.DER_cert_to_PEM_cert(authority["PayloadContent"]).split() == office.ca.read_text().split()


def test_the_archive_is_only_fetched(office: Office) -> None:
    assert "Sync Pull" in office.mailsim("accounts", "archive", "--for", "mbsync")


@pytest.mark.parametrize("password", ["plain", 'quo"te', "$HOME", "`id`", "back\\slash", "#;%'"])
def test_mutt_reads_any_password(programs: Programs, password: str) -> None:
    nowhere = Endpoint("localhost", 1)
    login = Login("me", "me@x", "Me", password, nowhere, nowhere, Path("ca.pem"), read_only=False)
    said = programs("mutt", "-F", programs.write("muttrc", PROFILES["mutt"](login)), "-Q", "smtp_pass")
    assert said.strip() == 'smtp_pass="' + password.replace("\\", "\\\\").replace('"', '\\"') + '"'
