"""The command line: plan, compare, sheets, alternatives, explain, check, needs, projects, layers and more."""

from __future__ import annotations

import logging
import sys

from infraplan.cli.application import app
from infraplan.cli.screen import complain, screen, speak, spoken
from infraplan.cli.usage import UsageError, choose_language, name_mistake
from infraplan.core import InfraplanError, Phrase, Problem, Term, describe, describe_error, translate

# importing them registers the commands, in the order of the help
from infraplan.cli import plans, studies  # noqa: F401  isort: skip

__all__ = ["main"]

_INTERRUPTED = 130  # what typer and every shell make of Ctrl-C
_PIPED_WIDTH = 200  # characters of a line that goes to a file or another program


def main() -> None:
    """Run the command line: one clear message and exit 2 for a user's mistake, never a traceback."""
    logging.basicConfig(level=logging.ERROR, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("infraplan").setLevel(logging.WARNING)
    if not screen.is_terminal:
        screen.width = _PIPED_WIDTH
    words = sys.argv[1:]
    speak(choose_language(words))
    try:
        code = app(standalone_mode=False) or 0
        if code == _INTERRUPTED:
            complain(translate("stopped; nothing was written", spoken()))
        sys.exit(code)
    except UsageError as error:
        if not words:
            raise SystemExit(2) from error
        complain(describe(name_mistake(error, words), spoken()))
        sys.exit(2)
    except InfraplanError as error:
        complain(describe_error(error, spoken()))
        sys.exit(2)
    except OSError as error:
        where = str(error.filename) if error.filename else Phrase("phrase.file")
        why = Term(error.strerror or str(error))
        complain(describe(Problem("file.in_the_way", {"why": why}, where), spoken()))
        sys.exit(2)
