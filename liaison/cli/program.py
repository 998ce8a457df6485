"""One command line of `liaison`: run, every refusal printed as a sentence, an exit code that says its kind."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.main import get_command

from liaison.cli.counter import HomeCounter, default_home
from liaison.cli.faults import as_refusal, exit_code, usage
from liaison.cli.root import Root, hoisted
from liaison.protocol.errors import LiaisonError
from liaison.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

INTERRUPTED = 130


def run(args: "Sequence[str]") -> int:
    """Run a command line; its exit code. Results go to standard output, everything else to standard error."""
    words = hoisted(args) or ["--help"]
    root = get_command(_app())
    context: Any = None
    try:
        context = root.make_context("liaison", list(words))  # it empties the list
        with context:
            root.invoke(context)
    except typer.Exit as ended:
        return ended.exit_code
    except typer.TyperException as wrong:
        return _wrong_line(wrong, words)
    except (typer.Abort, KeyboardInterrupt, EOFError):
        sys.stderr.write("Stopped.\n")
        return INTERRUPTED
    except BrokenPipeError:
        return _reader_gone()
    except Exception as error:  # noqa: BLE001 - whatever it is, a person gets a sentence
        return _refused(error, context, words)
    finally:
        if context is not None and isinstance(context.obj, HomeCounter):
            context.obj.close()
    return 0


def _refused(error: Exception, context: Any, words: "Sequence[str]") -> int:  # noqa: ANN401 - the library's context, or None
    counter = context.obj if context is not None and isinstance(context.obj, HomeCounter) else None
    terminal = counter.terminal if counter else Terminal(as_json="--json" in words)
    refusal = as_refusal(_older_tables(counter, error), counter.home if counter else default_home())
    terminal.error(refusal)
    return exit_code(refusal)


def _older_tables(counter: HomeCounter | None, error: Exception) -> Exception:
    """A statement that the database does not understand may be of another version than its tables: then that is what is wrong."""
    if counter is None or getattr(error, "code", "") != "database.failed":
        return error
    from liaison.migrations import require_current  # noqa: PLC0415 - only when something is wrong

    try:
        require_current(counter.settings.database)
    except LiaisonError as better:
        return better
    return error


def _wrong_line(wrong: typer.TyperException, words: "Sequence[str]") -> int:
    at = getattr(wrong, "ctx", None)
    return usage(Terminal(as_json="--json" in words), wrong.format_message(), at.get_usage() if at is not None else "")


def _reader_gone() -> int:
    """Whoever read our output has closed it (`liaison ... | head`): nobody is left to tell, and the last flush must not try."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


def _app() -> typer.Typer:
    app = typer.Typer(cls=Root, add_completion=False, rich_markup_mode=None, context_settings={"help_option_names": ["--help", "-h"]})
    app.callback()(_liaison)
    return app


def _liaison(
    *,
    home: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            envvar="LIAISON_HOME",
            is_eager=True,  # before --help, which says what the node there offers
            help="The node's folder. Default: this one if it has node.env, else ~/.liaison.",
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print for a program: JSON on standard output, errors as JSON too.")] = False,
    session_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", envvar="LIAISON_SESSION_FILE", help="Where your session is kept. Default: in the node's folder."),
    ] = None,
) -> None:
    """Run and use a node of the federation.

    A node is a folder with its keys, settings and database. Begin with `liaison init`, sign in with `liaison login`, look at
    `liaison status`. Every command has `--help`: what it is for, an example, what comes next.

    Exit codes: 0 done, 1 refused, 2 wrong command line, 3 not signed in, 4 node, broker or database unavailable, 70 a defect.
    """
