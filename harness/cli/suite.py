"""``stopwat suite``: where the official test suite is."""

from __future__ import annotations

import click

from harness.cli.problem import Problem


@click.group
def command() -> None:
    """Find or fetch the official test suite, which is data of others and no part of stopwat."""


@command.command("path")
def path_() -> None:
    """Print the directory that is used, and which commit is there."""
    from harness.wast import suite

    try:
        directory = suite.find()
    except suite.NotFound as error:
        raise Problem(str(error)) from error
    click.echo(directory)
    click.echo(f"{suite.commit(directory)}, {len(suite.scripts(directory))} scripts", err=True)


@command.command
def fetch() -> None:
    """Fetch it with git into the cache directory, once; about 20 MB."""
    from harness.announce import announced
    from harness.wast import suite

    try:
        with announced("fetching the official test suite"):
            directory = suite.fetch()
        click.echo(directory)
    except suite.NotFound as error:
        raise Problem(str(error)) from error
