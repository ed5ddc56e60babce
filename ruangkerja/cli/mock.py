"""`ruangkerja mock`: serve the contract."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, Any

import click

from ..spec.describing import counted
from ..spec.visible import line
from . import options
from .configured import Configured
from .ending import USAGE, EndedError

if TYPE_CHECKING:
    from ..spec.contract import Contract

# A command that a signal ended exits with this and the signal's number, as shells do.
_SIGNALLED = 128


@click.command(cls=Configured)
@options.HOST
@options.port(8080)
@options.SEED
@options.TODAY
@click.option(
    "--token",
    "tokens",
    multiple=True,
    help="A token to accept. Repeatable. Default: the contract's example token.",
)
@options.allowed_hosts(
    "A name under which browsers may open the console, besides localhost and addresses."
)
@click.option(
    "--control-origin",
    "control_origins",
    multiple=True,
    type=options.origin,
    metavar="ORIGIN",
    help="The origin of a page that may use the control interface, such as http://localhost:5173. "
    "It sees no credentials. Repeatable.",
)
@click.option(
    "--remote-control",
    is_flag=True,
    help="Open the control interface to other machines, without credentials.",
)
@options.FIXTURES
@click.option(
    "--any-token", is_flag=True, help="Accept any token. A missing token is still rejected."
)
@click.option(
    "--strict-headers", is_flag=True, help="Reject requests without Accept or Content-Type."
)
@click.option(
    "--latency",
    type=options.Number(0, 60_000),
    default=0.0,
    metavar="MS",
    help="Delay every response by this many milliseconds.",
)
@click.option(
    "--reload", is_flag=True, help="Reload the contract and the scenarios when their files change."
)
@click.option(
    "--workers",
    type=options.Integer(1, 64),
    default=1,
    show_default=True,
    help="The number of processes that serve requests. More than 1 needs Linux.",
)
@click.option(
    "--keep-alive",
    type=options.Number(0, 86_400),
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="Close a connection that sends no request for so long. 0 closes it after each response.",
)
@click.option(
    "--grace",
    type=options.Number(0, 600),
    default=5.0,
    show_default=True,
    metavar="SECONDS",
    help="How long requests in flight may take to finish after SIGINT or SIGTERM.",
)
@click.option(
    "--until-eof",
    is_flag=True,
    help="Stop at the end of standard input, and so with the program that started the stub, even "
    "if that is killed.",
)
@click.option(
    "--log",
    type=click.Choice(["text", "json", "off"]),
    default="text",
    show_default=True,
    help="The format of the request log on standard error.",
)
@click.option(
    "--tls",
    is_flag=True,
    help="Serve HTTPS and HTTP/2, with a certificate for localhost, --host and --allowed-host that "
    "the stub makes and keeps.",
)
@click.option(
    "--tls-folder",
    type=options.FOLDER,
    help="The folder in which the certificate is made and kept, and the file of the authority that "
    "clients have to trust. Default: ~/.local/state/ruangkerja.",
)
@click.option(
    "--tls-cert",
    type=options.FILE,
    help="A certificate of yours to serve HTTPS with, in PEM format, with its chain.",
)
@click.option(
    "--tls-key", type=options.FILE, help="The key of --tls-cert, if it is in a file of its own."
)
@options.SPEC
@options.POLICIES
def mock(log: str, latency: float, until_eof: bool, **settings: Any) -> None:
    """Serve the contract with realistic data that stays the same from request to request."""
    from ..mock.process.workers import WorkerError
    from ..mock.serve.foreground import serve
    from ..mock.serve.listening import AddressError, CertificateError
    from ..mock.settings import Log, Settings

    if settings["reload"] and settings["workers"] > 1:
        raise click.UsageError("--reload needs --workers 1")
    if settings["tls_key"] and not settings["tls_cert"]:
        raise click.UsageError("--tls-key needs --tls-cert")
    if settings["tls_folder"] and (settings["tls_cert"] or not settings["tls"]):
        raise click.UsageError("--tls-folder needs --tls, and no --tls-cert")
    if until_eof and settings["workers"] > 1:
        raise click.UsageError("--until-eof needs --workers 1")  # workers are forks: no threads
    chosen = Settings(log=Log(log), latency=latency / 1000, **settings)
    contract = options.contract_of(chosen.spec, chosen.policies)
    for policy in contract.policies:
        click.echo(f"policy: {policy}", err=True)
    if until_eof:
        threading.Thread(target=_end_at_eof, daemon=True).start()
    try:
        with options.refusing("invalid fixtures"):
            ended_by = serve(chosen, lambda url: _announce(url, contract), contract=contract)
    except (AddressError, CertificateError) as error:
        raise click.UsageError(str(error)) from None
    except WorkerError as error:
        raise EndedError(str(error), USAGE, str(error)) from None
    sys.exit(_SIGNALLED + ended_by if ended_by else 0)


def _announce(url: str, contract: Contract) -> None:
    """Print the URL, and on a terminal what is served there."""
    click.echo(url)
    if sys.stderr.isatty():
        operations = counted(len(contract.operations), "operation", "operations")
        click.echo(
            f"{line(contract.title)} {line(contract.version)} with {operations}. Open the URL in a "
            "browser to try it. Ctrl-C stops the stub.",
            err=True,
        )


def _end_at_eof() -> None:
    """End this process as SIGTERM does when standard input is closed at its other end."""
    with contextlib.suppress(OSError):  # it was never open
        while os.read(0, 4096):
            pass
    os.kill(os.getpid(), signal.SIGTERM)
