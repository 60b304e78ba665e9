"""Types of what is written on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.shell_completion import CompletionItem


class Duration(click.ParamType[int]):
    """``1s``, ``50ms``; nanoseconds."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Nanoseconds; zero and less are for contexts that are done already."""
        from harness import duration

        if isinstance(value, int):
            return value
        try:
            return duration.parse(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Engine(click.ParamType[str]):
    """A name, ``module:Attribute`` or ``exec:command``."""

    name = "engine"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The name as it was given, if it can be one."""
        from harness import registry
        from harness.cli.problem import Problem

        try:
            registry.resolve(value)
        except registry.UnknownEngine as error:
            raise Problem(str(error)) from error
        return str(value)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """The installed engines."""
        from click.shell_completion import CompletionItem

        from harness import registry

        return [CompletionItem(name) for name in registry.names() if name.startswith(incomplete)]


class Engines(click.ParamType[tuple[str, ...]]):
    """Several, separated by commas."""

    name = "engines"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """The names as they were given."""
        from harness import registry

        if isinstance(value, tuple):
            return value
        names = tuple(dict.fromkeys(ENGINE.convert(name, param, ctx) for name in registry.split(value)))
        return names or self.fail("no engine is named", param, ctx)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """The installed engines, for the last one."""
        from click.shell_completion import CompletionItem

        before, comma, last = incomplete.rpartition(",")
        found = ENGINE.shell_complete(ctx, param, last)
        return [CompletionItem(f"{before}{comma}{item.value}") for item in found]


class Features(click.ParamType[str]):
    """A version of the standard, or features, separated by commas."""

    name = "set"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The set as it was given, if there is all of it."""
        from harness.cli.problem import Problem
        from harness.standard import features

        try:
            features.named(value)
        except features.UnknownFeature as error:
            raise Problem(str(error)) from error
        return str(value)


DURATION = Duration()
ENGINE = Engine()
ENGINES = Engines()
FEATURES = Features()
COUNT = click.IntRange(1)


def measuring(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that shape a run; they are the plugin's own."""
    options = (
        click.option("--suite", type=click.Path(), metavar="DIR", help="Where the official test suite is."),
        click.option("--bound", type=DURATION, help="How late an interruption may come."),
        click.option("--patience", type=DURATION, help="How long to wait before killing."),
        click.option("--repetitions", type=COUNT, metavar="N", help="Calls to measure, a scenario each."),
        click.option("--pairs", type=COUNT, metavar="N", help="Measurements on and off, a kernel each."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def pytest_arguments(options: dict[str, object]) -> list[str]:
    """The same for pytest."""
    return [
        f"--{name}={value}ns" if name in ("bound", "patience") else f"--{name}={value}"
        for name, value in options.items()
        if value is not None
    ]
