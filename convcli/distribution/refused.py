"""Why a scheduler cannot be reached, by what the connection raised."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

from convcli.errors import ConvError, reason_of

NOT_ACCEPTED = ("alert", "EOF occurred")  # which of them comes, is a matter of time
NO_TLS = ("WRONG_VERSION_NUMBER", "IOStream is not idle")  # of an answer in plain text


def unreachable(address: str, parameter: str, error: BaseException) -> ConvError:
    """The error of an address where no scheduler answers, or none with these certificates."""
    rule, hint, why = "no scheduler answers: {why}", None, reason_of(error)
    is_tls, chain = address.startswith("tls://"), list(_chain(error))
    texts = " ".join(map(str, chain))
    refused = next((e for e in chain if isinstance(e, ssl.SSLCertVerificationError)), None)
    if refused is not None:
        rule = "the certificate of the scheduler is not accepted: {why}"
        why = refused.verify_message
        if "expired" not in why:
            hint = "`tls_ca` must be the authority that signed it."
    elif is_tls and any(text in texts for text in NO_TLS):
        rule = "what answers there does not speak TLS"
        hint = f"A scheduler without TLS has the address {address.replace('tls', 'tcp', 1)}."
    elif is_tls and any(text in texts for text in NOT_ACCEPTED):
        rule = "the scheduler does not accept `tls_cert`"
        hint = "The authority of the scheduler must have signed it, and it must not have expired."
    elif not is_tls and any(isinstance(each, ConnectionResetError) for each in chain):
        rule = "what answers there ends the connection"
        hint = f"A scheduler with TLS has the address {address.replace('tcp', 'tls', 1)}."
    return ConvError(
        "cluster.unreachable", rule, parameter=parameter, got=address, kind="write", hint=hint,
        fields={"why": why},
    )  # fmt: skip


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error, and what it was raised from."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def require_certificates(authority: str, certificate: str, key: str) -> None:
    """Raises ConvError of kind "data" where files hold no certificate, or not the key of it."""
    try:
        ssl.create_default_context(cafile=authority)
    except ssl.SSLError as error:
        raise _damaged("tls_ca", "holds no certificate", authority) from error
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_cert_chain(certificate, key, password=lambda: _refuse_password(key))
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise _damaged("tls_key", "is not the key of `tls_cert`", key) from error
        try:
            context.load_verify_locations(certificate)
        except ssl.SSLError:
            raise _damaged("tls_cert", "holds no certificate", certificate) from error
        raise _damaged("tls_key", "holds no key", key) from error


def _refuse_password(key: str) -> str:
    raise _damaged("tls_key", "needs a password, which dask cannot be given", key)


def _damaged(parameter: str, rule: str, path: str) -> ConvError:
    return ConvError("cluster.tls", rule, parameter=parameter, got=path, kind="data")
