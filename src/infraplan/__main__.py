"""``python -m infraplan``: the command line."""

from infraplan.cli import main

main()
