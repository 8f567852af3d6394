import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { isMultipart, userDataFor } from './user-data.ts';

/** What Python's parser of messages, which cloud-init uses, makes of it. */
function parts(message: string): [string, string | null, string][] {
  const program = `
import email, json, sys
found = email.message_from_string(sys.stdin.read())
print(json.dumps([[p.get_content_type(), p.get_filename(), p.get_payload(decode=True).decode("utf-8")]
                  for p in found.walk() if not p.is_multipart()]))`;
  const output = execFileSync('/usr/bin/python3', ['-c', program], { input: message });
  return JSON.parse(output.toString()) as [string, string | null, string][];
}

test('user data without anything to add stays as it is', () => {
  assert.equal(userDataFor('#!/bin/sh\n', 'HEAT_CFNTOOLS', {}), '#!/bin/sh\n');
  assert.equal(userDataFor('#!/bin/sh\n', 'RAW', { some: 'metadata' }), '#!/bin/sh\n');
});

test('metadata goes with it, for tools in the guest', () => {
  const found = parts(userDataFor('#!/bin/sh\necho "grüße"\n', 'SOFTWARE_CONFIG', { a: ['ü'] }));
  assert.deepEqual(
    found.map(([kind, name]) => [kind, name]),
    [
      ['text/part-handler', 'part-handler.py'],
      ['text/x-shellscript', 'userdata'],
      ['text/x-cfninitdata', 'cfn-init-data'],
    ],
  );
  assert.equal(found[1]?.[2], '#!/bin/sh\necho "grüße"\n');
  assert.deepEqual(JSON.parse(found[2]?.[2] ?? ''), { a: ['ü'] });
});

test('the parts of a message that is one already stay parts', () => {
  const own = [
    'Content-Type: multipart/mixed; boundary="xyz"',
    'MIME-Version: 1.0',
    '',
    '--xyz',
    'Content-Type: text/x-shellscript; charset="us-ascii"',
    '',
    '#!/bin/sh',
    'one',
    '--xyz',
    'Content-Type: text/cloud-config; charset="us-ascii"',
    '',
    'packages: []',
    '--xyz--',
    '',
  ].join('\n');
  assert.ok(isMultipart(own));
  assert.ok(!isMultipart('#!/bin/sh\n\nContent-Type: multipart/mixed\n'));
  const found = parts(userDataFor(own, 'HEAT_CFNTOOLS', { a: 1 }));
  assert.deepEqual(
    found.map(([kind]) => kind),
    ['text/part-handler', 'text/x-shellscript', 'text/cloud-config', 'text/x-cfninitdata'],
  );
  assert.equal(found[1]?.[2], '#!/bin/sh\none');
});
