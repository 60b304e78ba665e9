"""What a session was asked for: the options, and what they come to."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from harness.adjustable import ADJUSTABLE

if TYPE_CHECKING:
    from harness.certificate import Certificate
    from harness.profiles import Profile
    from harness.scenarios import Options

DEFAULT_ENGINES = ("interp", "compiler")


def add(group: pytest.OptionGroup) -> None:
    """The options."""
    group.addoption(
        "--engine",
        action="append",
        metavar="NAMES",
        help="engines to try, separated by commas; repeatable: a name that `stopwat engines` lists, "
        f"module:Attribute, or exec:command (default: {','.join(DEFAULT_ENGINES)})",
    )
    group.addoption(
        "--profile",
        type=_profile,
        metavar="NAME",
        help="how thoroughly: quick, standard or nightly (default: standard)",
    )
    for name, option in ADJUSTABLE.items():
        group.addoption(
            f"--{option.called or name}",
            dest=name,
            type=_duration if option.kind == "time" else _positive,
            metavar="TIME" if option.kind == "time" else "N",
            help=f"{option.help[0].lower()}{option.help[1:].removesuffix('.')} (default: the profile's)",
        )
    group.addoption("--suite", metavar="DIR", help="where the official test suite is")
    group.addoption(
        "--script", action="append", metavar="NAME", help="only this script of the suite; repeatable"
    )
    group.addoption(
        "--features",
        type=_features,
        metavar="SET",
        help="narrow the engines, for the suite: a version such as 2.0, or features, separated by commas",
    )
    group.addoption(
        "--expectations",
        metavar="FILE",
        help="known failures, instead of those beside the engine's adapter; an empty file: none",
    )
    group.addoption("--certificate", metavar="FILE", help="write what was found; of several engines one each")
    group.addoption(
        "--shard",
        type=_shard,
        metavar="K/N",
        help="only the K-th of N parts, for several machines; `stopwat merge` makes one of them",
    )
    group.addoption(
        "--resume",
        metavar="FILE",
        help="run only what is missing in this certificate, of a run that was cut short; add it to the rest",
    )


class Shard(NamedTuple):
    """One of several parts."""

    number: int
    """From 1."""
    of: int


# What an option holds goes to the workers of pytest-xdist, so it must be made of Python's own types.


def _profile(text: str) -> str:
    from harness.profiles import PROFILES

    if text not in PROFILES:
        from harness.suggest import unknown

        raise argparse.ArgumentTypeError(unknown("profile", text, list(PROFILES)))
    return text


def _shard(text: str) -> str:
    try:
        shard(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text


def shard(text: str) -> Shard:
    """``2/5`` -> the second of five; raises ValueError."""
    number, slash, of = text.partition("/")
    if not (slash and number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of)):
        raise ValueError(f"{text!r} is no part; write K/N, such as 2/5 for the second of five")
    return Shard(int(number), int(of))


def _duration(text: str) -> int:
    from harness import duration

    try:
        nanoseconds = duration.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    if nanoseconds <= 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not more than nothing")
    return nanoseconds


def _features(text: str) -> tuple[str, ...]:
    from harness.standard import features

    try:
        return tuple(sorted(features.named(text)))
    except features.UnknownFeature as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


def engines(config: pytest.Config) -> list[str]:
    """The engines of this session, as asked for."""
    asked: list[str] = config.getoption("engine") or []
    if not asked:
        return list(DEFAULT_ENGINES)
    from harness import registry

    names = [name for text in asked for name in registry.split(text)]
    return list(dict.fromkeys(names)) or list(DEFAULT_ENGINES)


def suite_of(config: pytest.Config) -> Path | None:
    """The official suite's directory; None where there is none and none was asked for."""
    from harness.wast import suite

    asked: str | None = config.getoption("suite")
    try:
        return suite.find(asked)
    except suite.NotFound as error:
        if asked is not None:
            raise pytest.UsageError(str(error)) from error
        return None


def scripts_of(config: pytest.Config) -> list[str]:
    """The scripts of the suite that are to run, by name; none where there is no suite."""
    from harness.wast import suite

    directory = suite_of(config)
    known = [script.name for script in suite.scripts(directory)] if directory is not None else []
    asked: list[str] = config.getoption("script") or known
    for name in asked:
        if name not in known:
            from harness.suggest import unknown

            raise pytest.UsageError(unknown("script", name, [str(directory)], more=known))
    return asked


def features_of(config: pytest.Config) -> tuple[str, ...] | None:
    """What the engines are narrowed to for the suite; None: not at all."""
    asked: tuple[str, ...] | None = config.getoption("features")
    return asked


def profile_of(config: pytest.Config) -> Profile:
    """How thoroughly the engines are to be tried."""
    from harness import profiles

    return profiles.PROFILES[config.getoption("profile") or profiles.DEFAULT]


def options_of(config: pytest.Config) -> Options:
    """How to measure and how long to wait: what was asked for, the rest as the profile has it."""
    import msgspec

    asked = {name: config.getoption(name) for name in ADJUSTABLE}
    return msgspec.structs.replace(
        profile_of(config).options, **{name: value for name, value in asked.items() if value is not None}
    )


def shard_of(config: pytest.Config) -> Shard:
    """Which part is to run; the whole is the first of one."""
    return shard(config.getoption("shard") or "1/1")


def expectations_of(config: pytest.Config, engine: str) -> Path | None:
    """The file with an engine's known failures, readable; None if it has none.

    Raises `harness.expectations.BadFile`.
    """
    from harness import expectations

    asked: str | None = config.getoption("expectations")
    path = Path(asked) if asked is not None else expectations.find(engine)
    if path is not None:
        expectations.load(path)
    return path


def earlier(config: pytest.Config) -> Certificate | None:
    """The certificate that this session is to finish, if it is to finish one."""
    asked: str | None = config.getoption("resume")
    if asked is None:
        return None
    from harness import certificate

    try:
        found = certificate.load(Path(asked), partial=True)
    except certificate.NotACertificate as error:
        raise pytest.UsageError(str(error)) from error
    if found.footer.complete and not any(item.outcome == "error" for item in found.items):
        raise pytest.UsageError(f"{asked} is whole: there is nothing left to run")
    return found
