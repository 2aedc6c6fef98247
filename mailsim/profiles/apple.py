"""Apple's Mail: a configuration profile (.mobileconfig), which holds the world's certificate authority too."""

import plistlib
import ssl
import uuid
from typing import Any

from mailsim.profiles.login import Login


def mobileconfig(login: Login) -> str:
    """Open it on a Mac, an iPhone or an iPad. Its identifiers are those of the address: a newer one replaces it."""
    content = [_payload(login, "mail", _mail(login)), _payload(login, "authority", _authority(login))]
    whole = {"PayloadType": "Configuration", "PayloadDisplayName": login.address, "PayloadContent": content}
    return plistlib.dumps(_payload(login, "profile", whole)).decode()


def _mail(login: Login) -> dict[str, Any]:
    return {
        "PayloadType": "com.apple.mail.managed",
        "EmailAccountType": "EmailTypeIMAP",
        "EmailAccountName": login.full_name,
        "EmailAccountDescription": login.address,
        "EmailAddress": login.address,
        "IncomingMailServerAuthentication": "EmailAuthPassword",
        "IncomingMailServerHostName": login.imap.host,
        "IncomingMailServerPortNumber": login.imap.port,
        "IncomingMailServerUseSSL": True,
        "IncomingMailServerUsername": login.address,
        "IncomingPassword": login.password,
        "OutgoingMailServerAuthentication": "EmailAuthPassword",
        "OutgoingMailServerHostName": login.smtp.host,
        "OutgoingMailServerPortNumber": login.smtp.port,
        "OutgoingMailServerUseSSL": True,
        "OutgoingMailServerUsername": login.address,
        "OutgoingPasswordSameAsIncomingPassword": True,
    }


def _authority(login: Login) -> dict[str, Any]:
    certificate = ssl.PEM_cert_to_DER_cert(login.ca.read_text(encoding="ascii"))
    return {"PayloadType": "com.apple.security.root", "PayloadContent": certificate}


def _payload(login: Login, part: str, content: dict[str, Any]) -> dict[str, Any]:
    name = f"{login.address}/{part}"
    return {
        "PayloadIdentifier": f"mailsim.{name}",
        "PayloadUUID": str(uuid.uuid5(uuid.NAMESPACE_URL, f"mailto:{name}")).upper(),
        "PayloadVersion": 1,
        **content,
    }
