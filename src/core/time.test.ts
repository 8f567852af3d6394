import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isoSeconds } from './time.ts';

test('seconds are cut off, not rounded, whatever was written before', () => {
  for (const [time, written] of [
    ['2026-01-31T23:59:59.999Z', '2026-01-31T23:59:59Z'],
    ['2026-01-31T23:59:00.000Z', '2026-01-31T23:59:00Z'],
    ['2026-02-01T00:00:05.001Z', '2026-02-01T00:00:05Z'],
    ['2025-02-01T00:00:05.001Z', '2025-02-01T00:00:05Z'],
    ['1969-12-31T23:59:59.500Z', '1969-12-31T23:59:59Z'],
    ['1969-12-31T23:59:09.500Z', '1969-12-31T23:59:09Z'],
  ] as const) {
    assert.equal(isoSeconds(new Date(time)), written);
  }
});
