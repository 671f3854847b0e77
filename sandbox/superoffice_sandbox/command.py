"""`superoffice sandbox`: serve the mock server, fill its database, and start one for another command."""

from __future__ import annotations

import types
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin, get_type_hints

import click
from click.core import ParameterSource

from superoffice._address import is_loopback as signs_in
from superoffice.cli.output import Failed

if TYPE_CHECKING:
    import attrs


def _option(field: attrs.Attribute[Any], kind: Any) -> click.Option:
    name = f"--{field.name.replace('_', '-')}"
    if kind is bool:
        return click.Option([name], is_flag=True, help=field.metadata["help"])
    if get_origin(kind) is Literal:
        kind = click.Choice(get_args(kind), case_sensitive=False)
    elif isinstance(kind, types.UnionType):
        kind = next(choice for choice in get_args(kind) if choice is not type(None))
    shown = field.default is not None
    return click.Option([name], type=kind, default=field.default, show_default=shown, help=field.metadata["help"])


class _SandboxGroup(click.Group):
    """Takes an option for each field of `Behaviour`, which is imported when this command is the one that runs."""

    _complete = False

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        if not self._complete:
            import attrs

            from .behaviour import Behaviour

            hints = get_type_hints(Behaviour)
            self.params.extend(_option(field, hints[field.name]) for field in attrs.fields(Behaviour))
            self._complete = True
        return super().get_params(ctx)


@click.group(
    cls=_SandboxGroup,
    invoke_without_command=True,
    short_help="Serve a mock server on this machine, to try things on.",
    subcommand_metavar="[COMMAND [ARGS]...]",
    epilog="\b\nExample:\n  superoffice sandbox --port 8080 --db tickets.db --missing null --calls-per-second 10",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=0, show_default=True, type=click.IntRange(0, 65535), help="Port; 0 takes a free one.")
@click.option(
    "--db",
    type=click.Path(dir_okay=False, path_type=Path),
    help="SQLite file, made on first start. [default: in memory]",
)
@click.option(
    "--tickets", default=2000, show_default=True, type=click.IntRange(0), help="Plausible tickets in a new database."
)
@click.option(
    "--seed", default=1, show_default=True, help="Which plausible tickets: the same seed gives the same ones."
)
@click.option(
    "--like",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Respond as the server that `superoffice doctor --save` wrote this file of; options below outweigh it.",
)
@click.option(
    "--conformance", is_flag=True, help="Judge a client in another language by the conformance cases, with a table."
)
@click.pass_context
def sandbox(
    context: click.Context, /, *, like: Path | None, conformance: bool, host: str, port: int, db: Path | None,
    tickets: int, seed: int, **behaviour: Any,
) -> None:  # fmt: skip
    """Serve a mock server of the endpoint on this machine, to try things on.

    The options after --like choose how it responds where the real server's way is not known, and what is wrong with it.
    """
    if context.invoked_subcommand:
        return
    from .behaviour import Behaviour
    from .guard import is_loopback
    from .server import Sandbox
    from .store import StoreError

    if not host:
        raise click.UsageError("--host takes an address; 0.0.0.0 is every one of this machine")
    if like is not None:
        given = [name for name in behaviour if context.get_parameter_source(name) is not ParameterSource.DEFAULT]
        behaviour = {name: behaviour[name] for name in given}
    try:
        chosen = Behaviour(**behaviour) if like is None else Behaviour.from_file(like, **behaviour)
    except (TypeError, ValueError, OSError) as error:
        raise click.UsageError(str(error)) from None
    if not is_loopback(host):
        _warn(f"{host} may be reached from other machines, with a password that everybody knows.")
    try:
        box = Sandbox(behaviour=chosen, host=host, port=port, db=db, tickets=tickets, seed=seed)
    except StoreError as error:
        raise Failed(str(error)) from None
    except OSError as error:
        raise Failed(f"cannot listen on {host} port {port}: {error.strerror}; choose another --port") from None

    if not signs_in(box.site):
        _warn(
            f"{box.site} is plain http and not this machine's own name: commands do not sign in there, "
            "and programs with allow_http=True alone."
        )
    if conformance:
        from .conformance.table import judge

        context.exit(judge(box))

    def ready() -> None:
        click.echo(box.site)
        click.echo(
            f"Serving {box.store.count()} tickets to user {box.user}, password {box.password}. Ctrl-C ends it.\n"
            f"For programs: export {' '.join(f'{name}={quote(value)}' for name, value in box.environ.items())}\n"
            "To call /sandbox/faults, /sandbox/requests and /sandbox/identity, send the header "
            f"X-Sandbox-Admin: {box.admin_token}\n"
            f"To sign in: superoffice login {box.identity.tenant} --environment {box.site} "
            f"--client-id {box.identity.client_id}; GET /sandbox/identity has what other programs need.",
            err=True,
        )

    box.serve(ready)


def _warn(text: str) -> None:
    click.secho(f"Warning: {text}", err=True, bold=True)


@sandbox.command(epilog="Example: superoffice sandbox load tickets.json --db tickets.db")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--db", required=True, type=click.Path(dir_okay=False, path_type=Path), help="SQLite file to fill.")
def load(file: Path, db: Path) -> None:
    """Put the tickets of a JSON or CSV FILE into a sandbox's database, which is made where it is not there.

    JSON: an array of tickets with the API's names. CSV: the names in the first line, nested fields as JSON.
    Tickets with the same ids are replaced. A sandbox that serves the database meanwhile responds with them at once.
    """
    from .load import LoadError
    from .load import load as fill
    from .store import Store, StoreError

    try:
        store = Store(db)
    except StoreError as error:
        raise Failed(str(error)) from None
    try:
        click.echo(f"{fill(file, store)} tickets loaded; {db} holds {store.count()}.")
    except (LoadError, StoreError) as error:
        raise Failed(str(error)) from None
    finally:
        store.close()
