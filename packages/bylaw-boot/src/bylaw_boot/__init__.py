"""One boot command for a Python service that refuses to start half-broken and says why.

Standard library only. Importing this module reads nothing, starts nothing and changes nothing.
"""

from __future__ import annotations

from bylaw_boot.boot import Boot
from bylaw_boot.options import Serving, Working
from bylaw_boot.reachability import Reach
from bylaw_boot.variables import Var
from bylaw_boot.version import VERSION

__version__ = VERSION
__all__ = ["Boot", "Reach", "Serving", "Var", "Working", "__version__"]
