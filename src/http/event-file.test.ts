import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import type { Repair } from '../ovn/desired.ts';
import { EventFile } from './event-file.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'ovb-events-'));
after(() => rmSync(folder, { recursive: true }));

const repair = (key: string, live: unknown): Repair => ({
  at: new Date(0),
  database: 'OVN_Northbound',
  cause: 'changed',
  times: 1,
  owner: `port:${key}`,
  table: 'Logical_Switch_Port',
  key,
  change: 'update',
  columns: { addresses: [live, ['right']] },
});

test('events are lines of JSON with values of bounded length, for root only', () => {
  const file = path.join(folder, 'events.jsonl');
  const events = new EventFile(file);
  events.add([repair('a', ['wrong']), repair('b', ['x'.repeat(100_000)])]);
  events.add([repair('c', undefined)]);
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  assert.deepEqual(JSON.parse(lines[0]!), {
    ...repair('a', ['wrong']),
    at: '1970-01-01T00:00:00.000Z',
    type: 'repair',
  });
  assert.ok(lines[1]!.length < 2000);
  assert.deepEqual(JSON.parse(lines[2]!).columns, { addresses: [null, ['right']] });
  assert.equal(statSync(file).mode & 0o777, 0o600);
});

test('the file stays within its limit, and the newest events in it', () => {
  const file = path.join(folder, 'ring.jsonl');
  const events = new EventFile(file, 2000);
  for (let i = 0; i < 100; i++) events.add([repair(String(i), ['wrong'])]);
  const size = (name: string) => statSync(name).size;
  assert.ok(size(file) + size(`${file}.1`) < 5000);
  const kept = [`${file}.1`, file]
    .flatMap((name) => readFileSync(name, 'utf8').trimEnd().split('\n'))
    .map((line) => Number((JSON.parse(line) as Repair).key));
  assert.equal(kept.at(-1), 99);
  assert.deepEqual(
    kept,
    Array.from({ length: kept.length }, (_, i) => 100 - kept.length + i),
  );
});
