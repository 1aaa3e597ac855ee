"""An authority and its certificates, for tests of TLS. Needs the package cryptography."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

from convcli.distribution.addresses import Credentials

DAY = datetime.timedelta(days=1)


class Authority:
    """Signs certificates."""

    def __init__(self) -> None:
        self.key = _new_key()
        self.certificate = self._signed("authority", self.key, 9)

    def credentials(self, folder: Path, name: str, days: int = 9) -> Credentials:
        """Files of the authority, and of a certificate that is valid so many days."""
        key = _new_key()
        files = Credentials(*(str(folder / f"{name}-{what}.pem") for what in ("ca", "cert", "key")))
        from cryptography.hazmat.primitives.serialization import Encoding

        for path, made in zip(
            files, (self.certificate, self._signed(name, key, days)), strict=False
        ):
            Path(path).write_bytes(made.public_bytes(Encoding.PEM))
        Path(files.key).write_bytes(_pem(key))
        return files

    def locked(self, folder: Path) -> str:
        """The file of a key with a password."""
        path = folder / "locked.pem"
        path.write_bytes(_pem(_new_key(), b"secret"))
        return str(path)

    def _signed(self, name: str, key: Any, days: int) -> Any:
        from cryptography import x509
        from cryptography.hazmat.primitives.hashes import SHA256

        def called(text: str) -> Any:
            return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])

        now = datetime.datetime.now(datetime.UTC)
        is_own = key is self.key
        builder = x509.CertificateBuilder(
            called("authority"), called(name), key.public_key(), x509.random_serial_number(),
            now - 8 * DAY, now + days * DAY,
        ).add_extension(x509.BasicConstraints(is_own, None), critical=True)  # fmt: skip
        return builder.sign(self.key, SHA256())


def _new_key() -> Any:
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

    return generate_private_key(SECP256R1())


def _pem(key: Any, password: bytes | None = None) -> bytes:
    from cryptography.hazmat.primitives import serialization

    kept: Any = serialization.NoEncryption()
    if password is not None:
        kept = serialization.BestAvailableEncryption(password)
    form = serialization.PrivateFormat.TraditionalOpenSSL
    found: bytes = key.private_bytes(serialization.Encoding.PEM, form, kept)
    return found
