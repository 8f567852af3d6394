import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linkTo, routeOf } from './route.ts';
import { countByStatus, statusText, toneOf } from './status.ts';
import { server } from './testing.ts';
import {
  age,
  bytes,
  compareNames,
  count,
  listed,
  mebibytes,
  nameOf,
  plainConsole,
  shellWord,
  timeOf,
} from './words.ts';

test('names sort as people expect, and what has none is told by its id', () => {
  assert.deepEqual(['web-10', 'Web-2', 'api'].toSorted(compareNames), ['api', 'Web-2', 'web-10']);
  assert.equal(nameOf({ id: '0123456789', name: '' }), '(01234567)');
});

test('amounts, lists and times', () => {
  assert.deepEqual([bytes(0), bytes(1023), bytes(1_172_992)], ['0 B', '1023 B', '1.12 MiB']);
  assert.equal(mebibytes(24_064), '23.5 GiB');
  assert.deepEqual([count(1, 'server'), count(1200, 'server')], ['1 server', '1,200 servers']);
  assert.deepEqual([listed([]), listed(['a']), listed(['a', 'b', 'c'])], ['', 'a', 'a, b and c']);
  const now = timeOf('2026-01-03T00:00:00Z');
  assert.equal(age(timeOf('2026-01-02T23:59:30.000000'), now), '30 s', 'no zone means UTC');
  assert.equal(age(timeOf('2026-01-01T01:00:00+00:00'), now), '47 h');
  assert.equal(age(timeOf('2026-01-04T00:00:00Z'), now), '0 s', 'a clock that goes ahead');
});

test('console output loses escapes and overwritten beginnings, and keeps its text', () => {
  assert.equal(
    plainConsole(
      '\u001b[1;32mgreen\u001b[0m\r\n10%\r50%\r100%\r\n\u001b]0;title\u0007tab\tend\u0000',
    ),
    'green\n100%\ntab\tend',
  );
  assert.equal(plainConsole('<script>alert(1)</script>'), '<script>alert(1)</script>');
});

test('words for the shell are quoted when they must be', () => {
  assert.equal(shellWord('web-1'), 'web-1');
  assert.equal(shellWord("it's; rm -rf /"), String.raw`'it'\''s; rm -rf /'`);
});

test('statuses have tones, also unknown ones; tasks are told', () => {
  assert.deepEqual(['ACTIVE', 'ERROR', 'SHUTOFF', 'NEW_ONE'].map(toneOf), [
    'good',
    'bad',
    'off',
    'paused',
  ]);
  assert.equal(
    statusText(server('a', { status: 'BUILD', 'OS-EXT-STS:task_state': 'block_device_mapping' })),
    'BUILD (block device mapping)',
  );
  assert.deepEqual(countByStatus([{ status: 'b' }, { status: 'a' }, { status: 'b' }]), [
    ['b', 2],
    ['a', 1],
  ]);
});

test('a route is read from what it was written to, and anything else is the overview', () => {
  const route = { view: 'servers', server: 'a/b ü' } as const;
  assert.deepEqual(routeOf(linkTo(route)), route);
  for (const fragment of ['', '#', '#/nothing', '#/__proto__', '#main']) {
    assert.deepEqual(routeOf(fragment), { view: 'overview', server: undefined });
  }
  assert.deepEqual(routeOf('#/servers/server/%E0%A4%A'), { view: 'servers', server: undefined });
});
