import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { newUuid } from '../../core/ids.ts';
import { startTestPlacement, type TestPlacement } from './testing.ts';

/** Who may call what: everything is the administrators' but what a project may know of itself. */
const READERS = new Set(['list_usages']);

describe('policy of placement', () => {
  let room: TestPlacement;
  before(async () => {
    room = await startTestPlacement();
  });
  after(() => room.stop());

  test('every operation by every persona', async () => {
    const { operations } = room.service;
    assert.ok(operations.length >= 34, 'the whole API');
    for (const operation of operations) {
      const path = operation.path.replace(/\{[a-z_]+\}/g, newUuid());
      const query = operation.name === 'list_usages' ? '?project_id=p' : '';
      const version = operation.until ?? '1.39';
      const body = operation.body ? {} : undefined;
      const status = async (persona: string) =>
        (await room.ask(operation.method, path + query, version, body, persona)).status;
      assert.equal(await status('-'), 401, operation.name);
      for (const persona of ['reader', 'member,reader', 'manager,member,reader'])
        assert.equal(
          (await status(persona)) === 403,
          !READERS.has(operation.name),
          `${operation.name} by ${persona}`,
        );
      assert.notEqual(await status('admin'), 403, operation.name);
    }
  });

  test('a version that is not there is answered with those that are', async () => {
    for (const version of ['1.40', '2.0', 'new']) {
      const { status, body } = await room.ask('GET', '/resource_providers', version);
      assert.equal(status, 406);
      assert.equal(body['errors'][0].max_version, '1.39');
      assert.equal(body['errors'][0].min_version, '1.0');
    }
  });

  test("another project's usages are nobody else's", async () => {
    const ask = async (persona: string, project: string) =>
      (await room.ask('GET', `/usages?project_id=${project}`, '1.38', undefined, persona)).status;
    assert.equal(await ask('member,reader', 'p'), 200);
    assert.equal(await ask('member,reader', 'q'), 403);
    assert.equal(await ask('admin', 'q'), 200);
  });
});
