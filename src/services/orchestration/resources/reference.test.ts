import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { builtinTypes } from './builtin.ts';
import { typesTable } from './reference.ts';

const FILE = path.resolve(import.meta.dirname, '../../../../docs/reference/orchestration-types.md');
const [BEGIN, END] = ['<!-- types -->', '<!-- end of types -->'] as const;

/** With `OVENBIRD_WRITE_DOCUMENTS=1` it is written instead. */
test('the reference shows every type of resources', () => {
  const page = readFileSync(FILE, 'utf8');
  const [head = '', rest = ''] = page.split(BEGIN);
  const [, tail = ''] = rest.split(END);
  const wanted = `${head}${BEGIN}\n\n${typesTable(builtinTypes)}\n\n${END}${tail}`;
  if (process.env['OVENBIRD_WRITE_DOCUMENTS'] === '1') writeFileSync(FILE, wanted);
  else assert.equal(page, wanted);
});

test('types and their names are there once, and say what they are', () => {
  const names = builtinTypes.flatMap(({ name, aliases = [] }) => [name, ...aliases]);
  assert.equal(new Set(names).size, names.length);
  for (const type of builtinTypes) assert.match(type.description, /\S+.*[.]$/, type.name);
});
