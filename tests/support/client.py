"""Runs the unmodified `openstack` client many times in one process: its start takes a second, most commands a tenth.

Reads one JSON list of arguments a line, writes one JSON object {code, stdout, stderr} a line.
"""

import contextlib
import io
import json
import sys

from openstackclient import shell
from osc_lib import clientmanager


def forget():
    """The client keeps its connections for the life of its process; another user must not get them."""
    for cache in vars(clientmanager.ClientManager).values():
        if isinstance(cache, clientmanager.ClientCache):
            cache._handle = None


for line in sys.stdin:
    words = json.loads(line)
    other = words[0].startswith("--os-")
    if other:
        forget()
    stdout, stderr = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
        try:
            code = shell.main(words)
        except SystemExit as end:
            code = end.code
    if other:
        forget()
    answer = {"code": code or 0, "stdout": stdout.getvalue(), "stderr": stderr.getvalue()}
    print(json.dumps(answer), flush=True)
