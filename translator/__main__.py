"""`python -m translator`: the command of the library without the service."""

from translator.cli import main

main()
