"""The options of `run` between stores for workers: processes of this machine, or a cluster."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import partial
from typing import Annotated

from convcli.cli.app.option_groups import OptionGroup
from convcli.cli.app.options import WORKER_PANEL, Parsed, option
from convcli.errors import ConvError
from convcli.inputs.text.numbers import parse_between

MOST_WORKERS = 256

worker_option = partial(option, panel=WORKER_PANEL)


def _as_it_is(text: str, _: str) -> str:
    return text


@dataclass(init=False, eq=False, repr=False, match_args=False, kw_only=True)
class WorkerOptions(OptionGroup):
    """Who computes a stored result: this process, processes of this machine, or a cluster."""

    workers: Annotated[
        int | None,
        worker_option("--workers", metavar="N", help="compute Y on N processes of this machine"),
        Parsed(partial(parse_between, least=1, most=MOST_WORKERS)),
    ] = None
    dask_address: Annotated[
        str | None,
        worker_option(
            "--dask-address",
            metavar="ADDRESS",
            help="compute Y on the cluster of this dask scheduler: tcp://HOST:PORT",
        ),
        Parsed(_as_it_is),
    ] = None
    scheduler_file: Annotated[
        str | None,
        worker_option(
            "--scheduler-file",
            metavar="FILE",
            help="the same, by the file that the scheduler wrote",
        ),
        Parsed(_as_it_is),
    ] = None
    tls_ca: Annotated[
        str | None,
        worker_option("--tls-ca", metavar="FILE", help="TLS: the certificate of the authority"),
        Parsed(_as_it_is),
    ] = None
    tls_cert: Annotated[
        str | None,
        worker_option("--tls-cert", metavar="FILE", help="TLS: your certificate"),
        Parsed(_as_it_is),
    ] = None
    tls_key: Annotated[
        str | None,
        worker_option("--tls-key", metavar="FILE", help="TLS: the key of your certificate"),
        Parsed(_as_it_is),
    ] = None
    verbose: Annotated[
        bool,
        worker_option("-v", "--verbose", help="print which worker does what, and what reads X"),
    ] = False

    @property
    def source(self) -> str | None:
        """The option that says where the workers are; None without one."""
        return next((name for name in WAYS if getattr(self, name) is not None), None)

    def require_none(self) -> None:
        """Raises ConvError where an option of workers stands without a stored output."""
        for each in fields(self):
            if getattr(self, each.name) not in (None, False):
                rule = "needs a stored output, like `output` Y.zarr"
                raise ConvError("workers.output", rule, parameter=each.name)

    def check(self) -> None:
        """Raises ConvError for two kinds of workers, and for certificates without all three."""
        ways = [name for name in WAYS if getattr(self, name) is not None]
        if len(ways) > 1:
            rule = f"does not go together with `{ways[1]}`: both say who computes"
            raise ConvError("workers.two", rule, parameter=ways[0])
        files = [name for name in TLS if getattr(self, name) is not None]
        if files and len(files) < len(TLS):
            missing = next(name for name in TLS if name not in files)
            raise ConvError("cluster.tls", f"needs `{missing}`", parameter=files[0])
        if files and self.source not in CLUSTERS:
            rule = "needs a cluster: `dask_address` or `scheduler_file`"
            raise ConvError("cluster.tls", rule, parameter=files[0])


WAYS = ("workers", "dask_address", "scheduler_file")
CLUSTERS = WAYS[1:]
TLS = ("tls_ca", "tls_cert", "tls_key")
