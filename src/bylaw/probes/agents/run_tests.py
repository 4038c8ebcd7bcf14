"""The test agent: run by the project's own interpreter, with the path of its plan."""

from __future__ import annotations

import sys

if __name__ == "__main__":
    from bylaw_tests_agent.session import serve

    serve(sys.argv[1:])
