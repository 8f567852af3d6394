#!/usr/bin/python3
"""Runs tests of Debian's tempest for run.ts: reads orders as JSON, one a line, and answers in JSON, one a line.

{"list": "tempest.api.network"}  →  {"ids": [...]}
{"run": [ids of one class]}      →  {"id", "outcome": "passed" | "failed" | "skipped", "reason"} for each, {"done": true}

The tests are those of the packages, untouched, and so is the library beneath, but for one thing: its client waits 10
seconds before each deletion of a subnet, for services that release ports late. Ours has released them when it answers.
"""

import importlib
import json
import os
import re
import sys
import types
import unittest

# What tests and libraries print is for people; answers go to the descriptor that was standard output.
answers = os.fdopen(os.dup(1), 'w', buffering=1)
os.dup2(2, 1)

import testtools
from tempest.lib.services.network import subnets_client

subnets_client.time = types.SimpleNamespace(sleep=lambda seconds: None)


def answer(**members):
    answers.write(json.dumps(members) + '\n')


def plain(identifier):
    """An id without its attributes in brackets, which change from version to version."""
    return re.sub(r'\[[^\]]*\]', '', identifier, count=1)


def flatten(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from flatten(item)
        else:
            yield item


def tests_of(module):
    loader = unittest.TestLoader()
    return flatten(loader.loadTestsFromModule(importlib.import_module(module)))


def modules_below(package):
    root = os.path.dirname(importlib.import_module(package).__file__)
    for folder, _, files in sorted(os.walk(root)):
        for file in sorted(files):
            if file.startswith('test_') and file.endswith('.py'):
                path = os.path.relpath(os.path.join(folder, file[:-3]), root)
                yield package + '.' + path.replace(os.sep, '.')


def cause(text):
    """The last exception of a traceback with its message: what went wrong, on one line."""
    found = None
    for line in text.splitlines():
        if re.match(r'\S*(Error|Exception|Fault|Mismatch|Timeout|NotFound|Forbidden|BadRequest|Conflict)\b', line):
            found = [line]
        elif re.match(r'[\w.]+: \S', line):
            found = [line]
        elif found and line.strip() and not line.startswith(('Traceback', '  File')):
            found.append(line.strip())
    lines = found or text.strip().splitlines()[-3:] or ['no reason given']
    return ' '.join(lines)[:1000]


class Answering(testtools.TestResult):
    """Answers each outcome as it is known; one of a whole class stands for each of its tests that was asked for."""

    def __init__(self, ids):
        super().__init__()
        self.waiting = set(ids)

    def tell(self, test, outcome, reason=''):
        whole = re.match(r'(setUpClass|tearDownClass|setUpModule) \((.+)\)', test.id())
        if whole is None:
            ids = {plain(test.id())}
        elif whole[1] == 'tearDownClass':
            # The tests have had their say; what the class left behind is a failure of its own.
            answer(id=test.id(), outcome=outcome, reason=reason)
            return
        else:
            ids = set(self.waiting)
        for each in sorted(ids & self.waiting):
            answer(id=each, outcome=outcome, reason=reason)
        self.waiting -= ids

    def addSuccess(self, test, details=None):
        self.tell(test, 'passed')

    def addExpectedFailure(self, test, err=None, details=None):
        self.tell(test, 'passed')

    def addUnexpectedSuccess(self, test, details=None):
        self.tell(test, 'failed', 'it succeeded, which was not expected')

    def addSkip(self, test, reason=None, details=None):
        if reason is None and details and 'reason' in details:
            reason = details['reason'].as_text()
        self.tell(test, 'skipped', reason or '')

    def addError(self, test, err=None, details=None):
        parts = [part.as_text() for name, part in sorted((details or {}).items()) if name.startswith('traceback')]
        text = '\n'.join(parts) if parts else self._err_details_to_string(test, err, details)
        sys.stderr.write(test.id() + '\n' + text + '\n')
        self.tell(test, 'failed', cause(text))

    addFailure = addError


def run(ids):
    wanted = set(ids)
    module = ids[0].rsplit('.', 2)[0]
    result = Answering(ids)
    # The suite sees to setUpClass and tearDownClass.
    suite = unittest.TestSuite(test for test in tests_of(module) if plain(test.id()) in wanted)
    suite.run(result)
    for missing in sorted(result.waiting):
        answer(id=missing, outcome='failed', reason='this version of the package has no such test')


for line in sys.stdin:
    order = json.loads(line)
    if 'list' in order:
        ids = {plain(test.id()) for module in modules_below(order['list']) for test in tests_of(module)}
        answer(ids=sorted(ids))
    else:
        run(order['run'])
        answer(done=True)
