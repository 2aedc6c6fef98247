"""A world's own certificate authority."""

import ssl
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from mailsim.errors import WorldError
from mailsim.tls import ca_file, server_context
from mailsim_common.clock import SystemClock


class Later(SystemClock):
    """A clock that is ahead."""

    def __init__(self, by: timedelta) -> None:
        self._by = by

    def now(self) -> datetime:
        return super().now() + self._by


def shake_hands(server: ssl.SSLContext, ca: Path, name: str) -> None:
    """A TLS handshake in memory, with a client that trusts `ca` and asks for `name`."""
    client = ssl.create_default_context(cafile=str(ca))
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = [
        client.wrap_bio(to_client, to_server, server_hostname=name),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    done = [False, False]
    while not all(done):
        for number, side in enumerate(sides):
            try:
                side.do_handshake()
                done[number] = True
            except ssl.SSLWantReadError:
                continue


def files(state: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (state / "tls").iterdir()}


@pytest.mark.parametrize("name", ["mailsim.test", "localhost", "127.0.0.1", "::1"])
def test_a_client_that_trusts_the_ca_trusts_the_server_by_each_of_its_names(tmp_path: Path, name: str) -> None:
    shake_hands(server_context(tmp_path, "mailsim.test", SystemClock()), ca_file(tmp_path), name)


def test_and_by_no_other_name(tmp_path: Path) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        shake_hands(server_context(tmp_path, "mailsim.test", SystemClock()), ca_file(tmp_path), "other.test")


def test_another_worlds_ca_is_not_trusted(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    context = server_context(ours, "mailsim.test", SystemClock())
    server_context(theirs, "mailsim.test", SystemClock())
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(context, ca_file(theirs), "mailsim.test")


def test_a_restart_keeps_the_certificates(tmp_path: Path) -> None:
    server_context(tmp_path, "mailsim.test", SystemClock())
    before = files(tmp_path)
    server_context(tmp_path, "mailsim.test", SystemClock())
    assert files(tmp_path) == before


@pytest.mark.parametrize("broken", ["cert.pem", "key.pem"])
def test_a_certificate_that_is_not_whole_is_made_anew(tmp_path: Path, broken: str) -> None:
    server_context(tmp_path, "mailsim.test", SystemClock())
    (tmp_path / "tls" / broken).unlink()
    shake_hands(server_context(tmp_path, "mailsim.test", SystemClock()), ca_file(tmp_path), "mailsim.test")


def test_a_key_that_does_not_fit_is_named(tmp_path: Path) -> None:
    server_context(tmp_path, "mailsim.test", SystemClock())
    (tmp_path / "tls" / "key.pem").write_text("not a key")
    with pytest.raises(WorldError, match="delete the folder"):
        server_context(tmp_path, "mailsim.test", SystemClock())


def test_another_domain_and_the_end_of_its_time_make_a_new_one(tmp_path: Path) -> None:
    server_context(tmp_path, "mailsim.test", SystemClock())
    first = files(tmp_path)
    server_context(tmp_path, "other.test", SystemClock())
    second = files(tmp_path)
    server_context(tmp_path, "other.test", Later(timedelta(days=900)))
    assert len({files["cert.pem"] for files in (first, second, files(tmp_path))}) == 3


def test_a_crash_before_the_last_file_of_a_new_one_is_mended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server_context(tmp_path, "mailsim.test", SystemClock())
    write = Path.write_bytes

    def crash(path: Path, data: bytes) -> int:
        if path.name == "cert.pem":
            raise SystemExit
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", crash)
    with pytest.raises(SystemExit):
        server_context(tmp_path, "other.test", SystemClock())
    monkeypatch.undo()
    shake_hands(server_context(tmp_path, "other.test", SystemClock()), ca_file(tmp_path), "other.test")


def test_the_key_is_its_owners_alone_and_the_authoritys_is_nowhere(tmp_path: Path) -> None:
    server_context(tmp_path, "mailsim.test", SystemClock())
    assert (tmp_path / "tls" / "key.pem").stat().st_mode & 0o777 == 0o600
    assert sorted(files(tmp_path)) == ["ca.pem", "cert.pem", "key.pem"]


def test_apples_clients_take_it_too(tmp_path: Path) -> None:
    """They refuse a server certificate that is valid for more than 825 days."""
    server_context(tmp_path, "mailsim.test", SystemClock())
    certificate = x509.load_pem_x509_certificate((tmp_path / "tls" / "cert.pem").read_bytes())
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc < timedelta(days=825)


def test_old_tls_is_refused(tmp_path: Path) -> None:
    assert server_context(tmp_path, "mailsim.test", SystemClock()).minimum_version >= ssl.TLSVersion.TLSv1_2


def test_a_certificate_without_names_is_replaced(tmp_path: Path) -> None:
    server_context(tmp_path, "mailsim.test", SystemClock())
    ca = ca_file(tmp_path).read_bytes()
    (tmp_path / "tls" / "cert.pem").write_bytes(ca)
    shake_hands(server_context(tmp_path, "mailsim.test", SystemClock()), ca_file(tmp_path), "mailsim.test")
