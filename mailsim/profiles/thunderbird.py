"""Thunderbird: a user.js, the preferences of a profile folder of its own."""

import json
from urllib.parse import quote

from mailsim.profiles.login import Login

STARTTLS = 2
NORMAL_PASSWORD = 3
THREADED = 1


def user_js(login: Login) -> str:
    """Put it into an empty folder and start `thunderbird --profile FOLDER`; it asks for the password of each server."""
    preferences = {**_account(), **_identity(login), **_imap(login), **_smtp(login), **_quiet()}
    lines = [f"user_pref({json.dumps(key)}, {json.dumps(value)});" for key, value in preferences.items()]
    return "\n".join([f"// {login.address}, password: {login.password}", *lines, ""])


def _account() -> dict[str, object]:
    return {
        "mail.accountmanager.accounts": "account1",
        "mail.accountmanager.defaultaccount": "account1",
        "mail.account.account1.identities": "id1",
        "mail.account.account1.server": "server1",
        "mail.smtpservers": "smtp1",
        "mail.smtp.defaultserver": "smtp1",
    }


def _identity(login: Login) -> dict[str, object]:
    folder = f"imap://{quote(login.address, safe='')}@{login.imap.host}"
    values = {
        "fullName": login.full_name,
        "useremail": login.address,
        "smtpServer": "smtp1",
        "valid": True,
        "fcc_folder": f"{folder}/Sent",
        "draft_folder": f"{folder}/Drafts",
        "compose_html": False,
    }
    return {f"mail.identity.id1.{key}": value for key, value in values.items()}


def _imap(login: Login) -> dict[str, object]:
    values = {
        "type": "imap",
        "name": login.address,
        "hostname": login.imap.host,
        "port": login.imap.port,
        "userName": login.address,
        "socketType": STARTTLS,
        "authMethod": NORMAL_PASSWORD,
        "login_at_startup": True,
        "check_new_mail": True,
        "use_idle": True,
    }
    return {f"mail.server.server1.{key}": value for key, value in values.items()}


def _smtp(login: Login) -> dict[str, object]:
    values = {
        "hostname": login.smtp.host,
        "port": login.smtp.port,
        "username": login.address,
        "try_ssl": STARTTLS,
        "authMethod": NORMAL_PASSWORD,
    }
    return {f"mail.smtpserver.smtp1.{key}": value for key, value in values.items()}


def _quiet() -> dict[str, object]:
    """Conversations shown as threads, and none of the first start's pages."""
    return {
        "mailnews.default_view_flags": THREADED,
        "mailnews.start_page.enabled": False,
        "mail.rights.version": 1,
        "mail.provider.suppress_dialog_on_startup": True,
        "mail.spotlight.firstRunDone": True,
        "datareporting.policy.dataSubmissionPolicyBypassNotification": True,
    }
