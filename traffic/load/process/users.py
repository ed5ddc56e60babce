"""User classes for Locust that do what people do with the lists of a contract.

`ruangkerja load` runs them; with plain Locust, a file of your own derives from `ContractUser`.
"""

from __future__ import annotations

import os
from random import Random
from typing import TYPE_CHECKING, ClassVar
from weakref import WeakKeyDictionary

import click
import gevent
from gevent import ssl
from locust import FastHttpUser, constant_throughput, events, task
from locust.runners import MasterRunner, WorkerRunner

from ....conformance.http.target import Target, TargetError
from ....spec.documents.problems import SourceError
from ....spec.policies.policy import PolicyError
from ....spec.secrets.masking import VARIABLE as TOKEN
from ..journeys import NothingToSendError
from ..messages import NEWS
from ..settings import LoadSettings, refusal
from .gathering import Gathering
from .sending import Sender
from .session import Session

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from locust.argument_parser import LocustArgumentParser
    from locust.env import Environment
    from locust.runners import Runner

    from ....spec.contract import Contract
    from ..journeys import Steps


class ContractUser(FastHttpUser):
    """A user that reads the lists of a contract, each of whose responses is judged.

    For plain Locust: `spec` is an OpenAPI file, None for the built-in contract; `policies` are
    names or files; `lists` has values of path parameters by name; `mine` says that a server that is
    not on this machine is your own; `report_dir` is the folder for the reports. The token is in the
    environment variable RUANGKERJA_TOKEN.
    """

    abstract = True
    spec: ClassVar[str | None] = None
    policies: ClassVar[Sequence[str]] = ()
    lists: ClassVar[Mapping[str, Sequence[str]]] = {}
    mine: ClassVar[bool] = False
    report_dir: ClassVar[str | None] = None
    insecure = False
    max_redirects = 0

    def __init__(self, environment: Environment) -> None:
        session = session_of(environment)
        self.network_timeout = self.connection_timeout = session.settings.timeout
        if session.settings.ca_file or session.settings.cert:
            self.ssl_context_factory = lambda: _tls(session.settings)
        # Its statistics and its pages show the server, and nobody the paths below it.
        self.host = session.origin
        super().__init__(environment)
        self._session = session
        self._sender = Sender(self.client, session.settings.timeout)
        self._number = session.new_user()
        self._steps: Steps | None = None
        self._body: bytes | None = None

    def wait_time(self) -> float:
        """Return the seconds until the next request, so that the rate is kept."""
        pace = self._session.pace
        return constant_throughput(pace)(self) if pace else 0.0

    @task
    def go_on(self) -> None:
        """Send the next request, and judge its response."""
        if self._steps is None:
            seed = f"{self._session.settings.seed} {self._session.worker} {self._number}"
            self._steps = self._session.traveller.steps(Random(seed))  # noqa: S311 - no secret
        step = self._steps.send(self._body)
        self._body = self._session.send(self._sender, step, self._number)


def _tls(settings: LoadSettings) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=settings.ca_file)
    if settings.cert is not None:
        # A key with a password would be asked for on the terminal.
        context.load_cert_chain(settings.cert, settings.key, password=lambda: b"")
    return context


_WRONG_USAGE = (click.UsageError, TargetError, SourceError, PolicyError, NothingToSendError)
# The command names a file: its contract is read once, before Locust makes processes of this one.
_GIVEN = LoadSettings.given()
_CONTRACT = None if _GIVEN is None else _GIVEN.contract()


def _settings(environment: Environment) -> tuple[LoadSettings, Contract]:
    """Return the settings of the command, or those of user classes that plain Locust runs."""
    if _GIVEN is not None and _CONTRACT is not None:
        return _GIVEN, _CONTRACT
    found = next((c for c in environment.user_classes if issubclass(c, ContractUser)), ContractUser)
    token, url = os.environ.get(TOKEN), environment.host or found.host
    if not token or not url:
        raise click.UsageError(f"set {TOKEN} to a valid token, and name the server with --host")
    if why := refusal(Target.parse(url), mine=found.mine):
        raise click.UsageError(why.replace("--mine", "mine = True in the user class"))
    settings = LoadSettings(
        url=url,
        tokens=(token,),
        spec=found.spec,
        policies=tuple(found.policies),
        lists={name: tuple(values) for name, values in found.lists.items()},
        mine=found.mine,
        report_dir=found.report_dir,
    )
    return settings, settings.contract()


@events.init_command_line_parser.add_listener
def _add_options(parser: LocustArgumentParser) -> None:
    # What a master hands on to its workers are options.
    parser.add_argument(
        "--pace",
        type=float,
        default=1.0,
        metavar="N",
        help="Requests a second that each user sends at most; 0 for no limit",
    )


@events.init.add_listener
def _begin(environment: Environment, runner: Runner, **_more: object) -> None:
    try:
        if not isinstance(runner, WorkerRunner):
            settings, contract = _settings(environment)
            Gathering(environment, runner, settings, contract).begin()
        if not isinstance(runner, MasterRunner):
            runner.register_message(NEWS, session_of(environment).learn)
    except _WRONG_USAGE as error:
        click.echo(str(error), err=True)
        raise SystemExit(click.UsageError.exit_code) from None
    # This took long, and the time limit of the test is counted from when the event loop last ran.
    gevent.sleep(0)


@events.test_start.add_listener
def _started(environment: Environment, **_more: object) -> None:
    # A worker can be told to start before the event `init`.
    if not isinstance(environment.runner, MasterRunner):
        session_of(environment).start()


@events.test_stop.add_listener
def _stopped(environment: Environment, **_more: object) -> None:
    if not isinstance(environment.runner, MasterRunner):
        session_of(environment).stop()


_sessions: WeakKeyDictionary[Environment, Session] = WeakKeyDictionary()


def session_of(environment: Environment) -> Session:
    """Return the session of the users of an environment."""
    if environment not in _sessions:
        _sessions[environment] = Session(environment, *_settings(environment))
    return _sessions[environment]
