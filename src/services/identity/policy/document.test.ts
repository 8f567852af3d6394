import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { startTestIdentity } from '../testing.ts';
import { policyDocument } from './document.ts';

const FILE = path.resolve(import.meta.dirname, '../../../../docs/reference/identity.md');
const [BEGIN, END] = ['<!-- policy -->', '<!-- end of policy -->'] as const;

/** With `OVENBIRD_WRITE_DOCUMENTS=1` it is written instead. */
test('the reference shows the policy that is enforced', async () => {
  const cloud = await startTestIdentity();
  try {
    const page = readFileSync(FILE, 'utf8');
    const [before = '', rest = ''] = page.split(BEGIN);
    const [, after = ''] = rest.split(END);
    const table = policyDocument(cloud.identity.operations);
    const wanted = `${before}${BEGIN}\n\n${table}\n\n${END}${after}`;
    if (process.env['OVENBIRD_WRITE_DOCUMENTS'] === '1') writeFileSync(FILE, wanted);
    else assert.equal(page, wanted);
  } finally {
    await cloud.stop();
  }
});
