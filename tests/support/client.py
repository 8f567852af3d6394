"""Runs the unmodified `openstack` client many times in one process: its start takes a second, most commands a tenth.

Reads one JSON list of arguments a line, writes one JSON object {code, stdout, stderr} a line.
"""

import contextlib
import io
import json
import sys

from openstackclient import shell

for line in sys.stdin:
    stdout, stderr = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
        try:
            code = shell.main(json.loads(line))
        except SystemExit as end:
            code = end.code
    answer = {"code": code or 0, "stdout": stdout.getvalue(), "stderr": stderr.getvalue()}
    print(json.dumps(answer), flush=True)
