"""Runs the unmodified `openstack` client many times in one process: its start takes a second, most commands a tenth.

Reads one JSON list of arguments a line, writes one JSON object {code, stdout, stderr} a line. A line that begins with
`glance` or `nova` is for that client, which has commands that `openstack` lacks.
"""

import contextlib
import io
import json
import os
import sys
import tempfile

from openstackclient import shell
from osc_lib import clientmanager


def forget():
    """The client keeps its connections for the life of its process; another user must not get them.

    That of volumes stays: it cannot be made twice in one process (KeyError '1'), and there is no such service.
    """
    for name, cache in vars(clientmanager.ClientManager).items():
        if isinstance(cache, clientmanager.ClientCache) and name != "volume":
            cache._handle = None


def glance(words):
    """It keeps what it learned of a cloud below the home folder: one of its own."""
    from glanceclient import shell as glance_shell

    with tempfile.TemporaryDirectory() as home:
        os.environ["HOME"] = home
        try:
            return glance_shell.OpenStackImagesShell().main(words)
        except Exception as error:  # As its own main function does.
            print(error, file=sys.stderr)
            return 1


def nova(words):
    """It keeps the ids that it has seen below the home folder, too."""
    from novaclient import shell as nova_shell

    with tempfile.TemporaryDirectory() as home:
        os.environ["HOME"] = os.environ["NOVACLIENT_UUID_CACHE_DIR"] = home
        try:
            return nova_shell.OpenStackComputeShell().main(words)
        except Exception as error:  # As its own main function does.
            print(error, file=sys.stderr)
            return 1


OTHERS = {"glance": glance, "nova": nova}


class Terminal(io.StringIO):
    """Nothing is typed: clients take other input for the data of an image."""

    def isatty(self):
        return True


def text():
    """Text, and bytes below it as in a real output: images are saved there."""
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)


commands, sys.stdin = sys.stdin, Terminal()
for line in commands:
    words = json.loads(line)
    other = words[0].startswith("--os-")
    if other:
        forget()
    stdout, stderr = text(), text()
    with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
        try:
            other_client = OTHERS.get(words[0])
            code = other_client(words[1:]) if other_client else shell.main(words)
        except SystemExit as end:
            code = end.code
    if other:
        forget()
    printed = [each.buffer.getvalue().decode("utf-8", "replace") for each in (stdout, stderr)]
    answer = {"code": code or 0, "stdout": printed[0], "stderr": printed[1]}
    print(json.dumps(answer), flush=True)
