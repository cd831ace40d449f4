"""`python -m derivations` is the `derivations` command."""

import sys

from .cli import main

sys.exit(main())
