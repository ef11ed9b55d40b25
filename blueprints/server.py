"""The gunicorn worker of the API: gevent's, which takes in more than one connection a turn.

gunicorn lets each of several gevent workers accept one connection per turn of its event loop, so that they share the
work evenly. Under load a turn takes tens of milliseconds: callers would stand in the kernel's queue for seconds, where
nobody sees them, neither the line of `overload` nor a health check.
"""

from functools import partial
from typing import Any

from gevent.pool import Pool
from gevent.server import StreamServer
from gunicorn.workers.ggevent import GeventWorker

ACCEPTED_A_TURN = 16


class Worker(GeventWorker):
    def server_class(self, listener: Any, *, spawn: Pool, **_: Any) -> StreamServer:
        """gunicorn asks this for the server of a listening socket; what it tells of WSGI is for other servers."""
        server = StreamServer(listener, handle=partial(self.handle, listener), spawn=spawn)
        server.max_accept = ACCEPTED_A_TURN
        return server
