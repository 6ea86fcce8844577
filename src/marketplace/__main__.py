import sys

from marketplace.entrypoints.cli.main import main

sys.exit(main())
