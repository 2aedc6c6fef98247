"""TLS of a world: a certificate authority of its own, made at the first start, and a server certificate signed by it.

The authority's key is thrown away after signing: a client that trusts `ca.pem` trusts this one server and nothing else.
"""

import ipaddress
import ssl
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from mailsim.errors import WorldError
from mailsim_common.clock import Clock

LIFETIME = timedelta(days=820)  # Apple's clients take no server certificate for more than 825
EARLIER = timedelta(days=1)  # for clients whose clock is behind


def ca_file(state: Path) -> Path:
    """Where a client finds the authority to trust."""
    return state / "tls" / "ca.pem"


def server_context(state: Path, domain: str, clock: Clock) -> ssl.SSLContext:
    """The context of both servers; makes the certificates if there are none, or if they are for another domain.

    Raises WorldError for a key that is not the certificate's.
    """
    folder = state / "tls"
    if not _fits(folder / "cert.pem", domain, clock.now()):
        _make(folder, domain, clock.now())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2  # RFC 8314 section 4.1
    try:
        context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    except ssl.SSLError as error:
        raise WorldError(f"{folder}: the key does not fit; delete the folder, the next start makes it anew") from error
    return context


def _fits(path: Path, domain: str, now: datetime) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return False
    known = names.get_values_for_type(x509.DNSName)
    return domain in known and (path.parent / "key.pem").exists() and now < certificate.not_valid_after_utc


def _make(folder: Path, domain: str, now: datetime) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    authority_key, server_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = _name(f"mailsim authority of {domain}")
    ca = _builder(authority, authority, authority_key, now)
    ca = ca.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    ca = ca.add_extension(_key_usage(sign_certificates=True), critical=True)
    names = x509.SubjectAlternativeName([x509.DNSName(domain), x509.DNSName("localhost"), *_loopback()])
    server = _builder(_name(domain), authority, server_key, now).add_extension(names, critical=False)
    server = server.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    server = server.add_extension(_key_usage(sign_certificates=False), critical=True)
    server = server.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    issuer_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    server = server.add_extension(issuer_id, critical=False)
    _write_key(folder / "key.pem", server_key)
    _write_signed(folder / "ca.pem", ca, authority_key)
    _write_signed(folder / "cert.pem", server, authority_key)  # the last: if it fits, so do the others


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = builder.not_valid_before(now - EARLIER).not_valid_after(now + LIFETIME)
    return builder.add_extension(identifier, critical=False)


def _key_usage(*, sign_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not sign_certificates,
        key_cert_sign=sign_certificates,
        crl_sign=sign_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _loopback() -> list[x509.GeneralName]:
    return [x509.IPAddress(ipaddress.ip_address(text)) for text in ("127.0.0.1", "::1")]


def _write_signed(path: Path, certificate: x509.CertificateBuilder, authority_key: ec.EllipticCurvePrivateKey) -> None:
    path.write_bytes(certificate.sign(authority_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    path.touch(mode=0o600)
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(key.private_bytes(*form))
