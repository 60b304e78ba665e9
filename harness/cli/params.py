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
        """The name as the plugin takes it, without blanks around it, if it can be one."""
        from harness import registry
        from harness.cli.problem import Problem

        name = str(value).strip()
        if registry.split(name) != [name] and name:
            raise Problem(f"{name!r} is no engine: here goes one name, without a comma")
        try:
            registry.resolve(name)
        except registry.UnknownEngine as error:
            raise Problem(str(error)) from error
        return name

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


class Profile(click.ParamType[str]):
    """A name of `harness.profiles`."""

    name = "profile"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The name, if there is such a profile."""
        from harness.cli.problem import Problem
        from harness.profiles import PROFILES
        from harness.suggest import unknown

        if value not in PROFILES:
            raise Problem(unknown("profile", value, PROFILES))
        return str(value)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """All of them, each with what it is."""
        from click.shell_completion import CompletionItem

        from harness.profiles import PROFILES

        return [
            CompletionItem(name, help=profile.about)
            for name, profile in PROFILES.items()
            if name.startswith(incomplete)
        ]


class Shard(click.ParamType[str]):
    """``2/5``: the second of five parts."""

    name = "k/n"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The text as it was given, if it can be one."""
        from harness.plugin.asked import shard

        try:
            shard(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return str(value)


DURATION = Duration()
ENGINE = Engine()
ENGINES = Engines()
FEATURES = Features()
PROFILE = Profile()
SHARD = Shard()
COUNT = click.IntRange(1)


def running(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that shape a run; they are the plugin's own."""
    from harness.adjustable import ADJUSTABLE

    options = [
        click.option(
            "--profile",
            type=PROFILE,
            help="How thoroughly: quick, standard or nightly.",
            default="standard",
            show_default=True,
        ),
        *(
            click.option(
                f"--{option.called or name}",
                type=DURATION if option.kind == "time" else COUNT,
                metavar="TIME" if option.kind == "time" else "N",
                help=option.help,
            )
            for name, option in ADJUSTABLE.items()
        ),
        click.option("--suite", type=click.Path(), metavar="DIR", help="Where the official test suite is."),
        click.option(
            "--expectations",
            type=click.Path(),
            metavar="FILE",
            help="Known failures, instead of those beside the adapter; an empty file: none.",
        ),
        click.option("--shard", type=SHARD, help="Only the K-th of N parts; `stopwat merge` joins them."),
        click.option(
            "--resume",
            type=click.Path(dir_okay=False),
            metavar="FILE",
            help="Run only what is missing in this certificate, and add it to the rest.",
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def pytest_arguments(options: dict[str, object]) -> list[str]:
    """The same for pytest."""
    from harness.adjustable import ADJUSTABLE

    times = {option.called or name for name, option in ADJUSTABLE.items() if option.kind == "time"}
    return [
        f"--{name}={value}ns" if name in times else f"--{name}={value}"
        for name, value in options.items()
        if value is not None
    ]
