"""User classes for Locust that do what people do with the lists of a contract.

`ruangkerja load` runs them; with plain Locust, a file of your own derives from `ContractUser`.
"""

from __future__ import annotations

import os
from random import Random
from typing import TYPE_CHECKING, ClassVar

import gevent
from gevent import ssl
from locust import FastHttpUser, constant_throughput, events, task
from locust.runners import MasterRunner, WorkerRunner

from ....spec.secrets.masking import VARIABLE as TOKEN
from ..settings import LoadSettings
from .gathering import Gathering
from .sending import Sender
from .session import Session

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from locust.argument_parser import LocustArgumentParser
    from locust.env import Environment
    from locust.runners import Runner

    from ..journeys import Steps


class ContractUser(FastHttpUser):
    """A user that reads the lists of a contract, each of whose responses is judged.

    For plain Locust: `spec` is an OpenAPI file, None for the built-in contract; `policies` are
    names or files; `lists` has values of path parameters by name; `mine` says that a server that is
    not on this machine is your own. The token is in the environment variable RUANGKERJA_TOKEN.
    """

    abstract = True
    spec: ClassVar[str | None] = None
    policies: ClassVar[Sequence[str]] = ()
    lists: ClassVar[Mapping[str, Sequence[str]]] = {}
    mine: ClassVar[bool] = False
    insecure = False
    max_redirects = 0

    def __init__(self, environment: Environment) -> None:
        session = Session.of(environment)
        self.network_timeout = self.connection_timeout = session.settings.timeout
        if ca_file := session.settings.ca_file:
            self.ssl_context_factory = lambda: ssl.create_default_context(cafile=ca_file)
        # Its statistics and its pages show the server, and nobody the paths below it.
        self.host = session.origin
        super().__init__(environment)
        self._session = session
        self._sender = Sender(self.client, session.settings.timeout)
        self._number = session.new_user()
        seed = f"{session.settings.seed} {session.worker} {self._number}"
        self._steps: Steps = session.traveller.steps(Random(seed))  # noqa: S311 - no secret
        self._body: bytes | None = None
        self._begun = False

    def wait_time(self) -> float:
        """Return the seconds until the next request, so that the rate is kept."""
        pace = self._session.pace
        return constant_throughput(pace)(self) if pace else 0.0

    @task
    def go_on(self) -> None:
        """Send the next request, and judge its response."""
        step = self._steps.send(self._body) if self._begun else next(self._steps)
        self._begun = True
        self._body = self._session.send(self._sender, step, self._number)


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
    settings = LoadSettings.given() or _of_classes(environment)
    contract = settings.contract()
    if not isinstance(runner, WorkerRunner):
        Gathering(environment, runner, settings, contract).begin()
    if not isinstance(runner, MasterRunner):
        Session.begin(environment, runner, settings, contract)
    # This took long, and the time limit of the test is counted from when the event loop last ran.
    gevent.sleep(0)


def _of_classes(environment: Environment) -> LoadSettings:
    """Return the settings of user classes that plain Locust runs."""
    found = next((c for c in environment.user_classes if issubclass(c, ContractUser)), ContractUser)
    token = os.environ.get(TOKEN)
    if token is None:
        raise SystemExit(f"set {TOKEN} to a valid token")
    return LoadSettings(
        url=environment.host or found.host,
        tokens=(token,),
        spec=found.spec,
        policies=tuple(found.policies),
        lists={name: tuple(values) for name, values in found.lists.items()},
        mine=found.mine,
    )
