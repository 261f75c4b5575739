"""The application for commands: what is wrong with rules, settings or database ends with a sentence.

Flask is imported only where it is called.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from matcher.command_input import check_include, fail

if TYPE_CHECKING:
    from flask import Flask


def application(ctx: click.Context, include: tuple[str, ...]) -> Flask:
    """Make the application; what is wrong with rules, settings or database ends with a sentence."""
    from matcher.locations import rules_folder
    from webapp.operations.starting import StartFault, checked

    folder = rules_folder(ctx.find_root().obj)
    check_include(folder, include)
    try:
        app = checked({"RULES": folder, "SAMPLES": include})
    except StartFault as fault:
        raise fail(str(fault)) from fault
    # The rules stay as long as the program: sweeping them again and again costs every tenth page 80 ms.
    gc.collect()
    gc.freeze()
    return app


@contextmanager
def jobs_of(app: Flask, *, wanted: bool) -> Iterator[None]:
    """Do the jobs of an application in threads of this process, one at a time."""
    from webapp.jobs import runner_of
    from webapp.shared import EXTENSION

    if not wanted:
        yield
        return
    shared = app.extensions[EXTENSION]
    shared.bell.answer(runner_of(shared))
    threads = shared.bell.consumer(workers=1)
    threads.start()
    try:
        yield
    finally:
        shared.bell.stop(threads)
