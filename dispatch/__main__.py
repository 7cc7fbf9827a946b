"""`dispatch` and `python -m dispatch`: the commands, with errors said in one sentence."""

import sys

from dispatch.cli import dispatch
from dispatch.domain.errors import DomainError


def main() -> None:
    """Run the command line; a refusal is one sentence on stderr and exit status 2."""
    try:
        dispatch(prog_name="dispatch")
    except DomainError as refusal:
        sys.stderr.write(f"dispatch: {refusal.detail}\n")
        sys.exit(2)


if __name__ == "__main__":
    main()
