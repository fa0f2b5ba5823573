"""`python -m crossdock`: the command line."""

from .cli.main import main

main()
