"""The command `stopwat`: one file a command, each imported only when it is asked for."""

from __future__ import annotations

import importlib
import io
import os
import sys
from typing import TYPE_CHECKING, NoReturn

import click

from harness.cli.problem import Problem
from harness.suggest import unknown

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from typing import TextIO

COMMANDS = {
    "certify": "Run everything against an engine, or several, and write certificates.",
    "compare": "Tell what got better or worse from one certificate to another.",
    "merge": "Make one certificate of the parts of a run.",
    "show": "Show a certificate again, or draw it.",
    "report": "Make a page, Markdown or badges of certificates.",
    "run": "Call one function under a deadline, and say what becomes of it.",
    "spec": "Run the official test suite, or some of its scripts.",
    "scenarios": "List the scenarios of stopping, or show one.",
    "bench": "Measure what being stoppable costs, or one engine against another.",
    "latency": "Measure how late calls return that are told to stop.",
    "diff": "Make the same calls in several engines, and show where they part.",
    "engines": "List the engines: what is available, and why the others are not.",
    "adapter": "Begin an adapter of an engine, or check one against the protocol.",
    "suite": "Find or fetch the official test suite.",
    "standard": "Print what is known of the standard: the list of instructions.",
    "schema": "Print the JSON Schema of certificates or of the protocol.",
}


class _Commands(click.Group):
    """The commands above; helping with one does not import the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"harness.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            raise Problem(unknown("command", args[0], list(COMMANDS)))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="stopwat", message="stopwat %(version)s")
def group() -> None:
    """Does your WebAssembly engine do what the standard says, and does it stop when it is told to?"""
    from harness import announce
    from harness.sandbox.process import end_on_signals

    end_on_signals()
    announce.show(_working)


def _working(what: str) -> AbstractContextManager[None]:
    from harness.cli.terminal import working

    return working(what)


def main() -> NoReturn:
    """The entry point: every foreseeable error is one line and exit status 2, Ctrl-C is 130."""
    # last, so that nothing is shadowed: an engine may be a module in the directory the user is in
    sys.path.append(os.getcwd())  # noqa: PTH109  pathlib is not needed yet
    if isinstance(sys.stdout, io.TextIOWrapper):
        # as on standard error: what the locale has no character for is written as an escape
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        _perform()
    except click.exceptions.Exit as exit_:
        sys.exit(exit_.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _end("interrupted", 130)
    except Problem as problem:
        _end(problem.message, problem.exit_code)
    except click.NoSuchOption as error:
        _end(_unknown_option(error), 2)
    except click.ClickException as error:
        _end(" ".join(error.format_message().split()), 2)
    except BrokenPipeError:  # nobody listens, and nobody need be told
        _discard(sys.stdout)
        sys.exit(1)
    except OSError as error:
        if os.environ.get("STOPWAT_DEBUG"):
            raise
        _discard(sys.stdout)
        _end(f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror or error), 2)
    except Exception as error:
        if os.environ.get("STOPWAT_DEBUG"):
            raise
        _end(f"internal error: {type(error).__name__}: {error} (STOPWAT_DEBUG=1 shows where)", 70)
    sys.exit(0)


def _perform() -> None:
    """The command; what it prints is written by its end, or raises OSError."""
    try:
        group.main(prog_name="stopwat", standalone_mode=False)
    finally:
        if sys.stdout is not None:
            sys.stdout.flush()


def _discard(stream: TextIO | None) -> None:
    """What could not be written is not tried again at exit."""
    if stream is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _unknown_option(error: click.NoSuchOption) -> str:
    parameters = error.ctx.command.get_params(error.ctx) if error.ctx is not None else []
    there_are = [name for parameter in parameters for name in parameter.opts if name.startswith("--")]
    return unknown("option", error.option_name, there_are)


def _end(message: str, status: int) -> NoReturn:
    try:
        print(f"stopwat: {message}", file=sys.stderr, flush=True)
    except OSError:  # the terminal may be gone
        _discard(sys.stderr)
    sys.exit(status)
