"""The stub as an ASGI application: connexion routes and secures, the responder makes responses.

No other module imports connexion. It gets a document with paths and security only; parameters and
bodies are parsed by the stub.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from ..spec.path_templates import parts
from ..spec.routes import templated
from .access.security import Guard
from .application import Application
from .responder import Responder

with warnings.catch_warnings():
    # it imports starlette's test client, which complains about its own dependency
    warnings.simplefilter("ignore")
    from connexion.middleware import ConnexionMiddleware  # type: ignore[import-untyped]
    from connexion.middleware.routing import RoutingMiddleware  # type: ignore[import-untyped]
    from connexion.middleware.security import SecurityMiddleware  # type: ignore[import-untyped]
    from connexion.resolver import Resolver  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Receive, Scope, Send

    from ..spec.contract import Contract
    from ..spec.model.operation import Operation
    from .settings import Settings

_ROUTING = "connexion_routing"


def create_app(contract: Contract, settings: Settings) -> Application:
    """Return the application; raise SourceError if the contract or a scenario cannot be served."""
    responder = Responder(contract, settings)
    guard = Guard(contract, settings.tokens, anything=settings.any_token)
    operations = {str(number): op for number, op in enumerate(contract.operations)}
    app = Application(responder, guard, settings)
    inner = ConnexionMiddleware(
        _Endpoint(app, operations),
        import_name=__name__,
        middlewares=[_Routing, SecurityMiddleware],
        resolver=Resolver(lambda _name: _nothing),
        security_map={"apiKey": _handler(guard, contract, operations)},
    )
    inner.add_api(_document(contract))
    # Built now, not at the first request, so a contract that connexion rejects fails at the start.
    inner.app, inner.middleware_stack = inner._build_middleware_stack()  # noqa: SLF001
    app.inner = inner
    return app


def _nothing() -> None:
    """Do nothing; connexion requires a function for every operation."""


class _Routing(RoutingMiddleware):  # type: ignore[misc]
    """connexion's routing without redirects for a trailing slash."""

    def add_api(self, *arguments: Any, **options: Any) -> None:
        super().add_api(*arguments, **options)
        self.router.redirect_slashes = False
        for route in self.router.routes:
            route.app.redirect_slashes = False


class _Endpoint:
    """The application inside connexion: passes the routed operation to `Application.respond`."""

    def __init__(self, app: Application, operations: dict[str, Operation]) -> None:
        self._app, self._operations = app, operations

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        id_ = scope["extensions"][_ROUTING].get("operation_id")
        await self._app.respond(self._operations.get(id_), scope, receive, send)


def _handler(guard: Guard, contract: Contract, operations: dict[str, Operation]) -> type[Any]:
    schemes = contract.schemes

    class Handler:
        """Checks credentials of a security scheme, with the interface that connexion requires."""

        def get_fn(self, scheme: Any, _scopes: Any) -> Callable[[Any], dict[str, Any]]:
            meant = schemes[scheme["x-scheme"]]

            def check(request: Any) -> dict[str, Any]:
                scope = request.scope
                id_ = scope["extensions"][_ROUTING].get("operation_id")
                guard.check(meant, scope["headers"], scope["query_string"], operations.get(id_))
                return {}

            return check

    return Handler


def _document(contract: Contract) -> dict[str, Any]:
    """Return the document for connexion: paths, in the order to try them, and their security."""
    paths: dict[str, dict[str, Any]] = {}
    order = sorted(enumerate(contract.operations), key=lambda each: templated(each[1].path))
    for number, operation in order:
        path = _numbered(operation.path)
        paths.setdefault(path, {})[operation.method.lower()] = {
            "operationId": str(number),
            "responses": {"default": {"description": "described by the contract"}},
            "security": [{s.id: [] for s in each} for each in operation.security],
        }
    return {
        "openapi": "3.0.3",
        "info": {"title": contract.title or "stub", "version": contract.version or "0"},
        "servers": [{"url": contract.base_path or "/"}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                name: {"type": "apiKey", "in": "header", "name": "any", "x-scheme": name}
                for name in sorted(contract.schemes)
            }
        },
    }


def _numbered(path: str) -> str:
    """Return a path with numbers as parameter names, as names do not matter for routing."""
    found = parts(path)
    found[1::2] = (f"{{p{number}}}" for number in range(len(found) // 2))
    return "".join(found)
