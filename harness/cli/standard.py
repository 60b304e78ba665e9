"""``stopwat standard``: what stopwat knows of the standard, as a page to read."""

from __future__ import annotations

import click


@click.group
def command() -> None:
    """Print what stopwat knows of the standard, as Markdown."""


@command.command
def instructions() -> None:
    """Every instruction: opcode, name, immediates, type and feature."""
    from harness import markdown

    click.echo(markdown.instructions(), nl=False)
