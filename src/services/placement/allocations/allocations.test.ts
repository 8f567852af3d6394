import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { newUuid } from '../../../core/ids.ts';
import { startTestPlacement, type Document, type TestPlacement } from '../testing.ts';

describe('allocations', () => {
  let room: TestPlacement;
  before(async () => {
    room = await startTestPlacement();
  });
  after(() => room.stop());
  const owner = { project_id: 'p', user_id: 'u' };
  const of = (id: string, resources: Document) => ({ [id]: { resources } });
  const usages = async (id: string) =>
    (await room.ask('GET', `/resource_providers/${id}/usages`, '1.0')).body['usages'];

  test('members come with their versions', async () => {
    const id = await room.provider('members', { VCPU: { total: 8 } });
    const put = (version: string, body: Document) =>
      room.ask('PUT', `/allocations/${newUuid()}`, version, body);
    const base = { allocations: of(id, { VCPU: 1 }), ...owner };
    const generation = { consumer_generation: null };
    for (const [version, body, sentence] of [
      ['1.27', { ...base, ...generation }, /'consumer_generation' was unexpected/],
      ['1.28', base, /'consumer_generation' is a required property/],
      ['1.33', { ...base, ...generation, mappings: { '': [id] } }, /'mappings' was unexpected/],
      ['1.34', { ...base, ...generation, mappings: {} }, /mappings/],
      ['1.34', { ...base, ...generation, mappings: { a: ['x'] } }, /not a 'uuid'/],
      ['1.37', { ...base, ...generation, consumer_type: 'INSTANCE' }, /'consumer_type' was unexp/],
      ['1.38', { ...base, ...generation }, /'consumer_type' is a required property/],
      ['1.38', { ...base, ...generation, consumer_type: 'instance' }, /consumer_type/],
      ['1.27', { ...base, allocations: {} }, /enough properties/],
      ['1.39', { ...base, ...generation, consumer_type: 'X', allocations: { x: {} } }, /resources/],
    ] as const) {
      const answer = await put(version, body);
      assert.equal(answer.status, 400, `${version} ${JSON.stringify(body)}`);
      assert.match(answer.detail, sentence);
    }
    const good = { ...base, ...generation, mappings: { '': [id], _net: [id] } };
    assert.equal((await put('1.34', good)).status, 204);
    assert.equal((await put('1.38', { ...good, consumer_type: 'INSTANCE' })).status, 204);
    const unknown = await put('1.12', { ...base, allocations: of(newUuid(), { VCPU: 1 }) });
    assert.match(unknown.detail, /that does not exist/);
    const none = await put('1.23', { ...base, allocations: of(id, { DISK_GB: 1 }) });
    assert.deepEqual([none.status, none.code], [409, 'placement.undefined_code']);
  });

  test('types of consumers are counted apart', async () => {
    const id = await room.provider('types', { VCPU: { total: 20 } });
    const project = { project_id: 'typed', user_id: 'u' };
    const claim = (version: string, more: Document, vcpus: number) =>
      room.ask('PUT', `/allocations/${newUuid()}`, version, {
        allocations: of(id, { VCPU: vcpus }),
        ...project,
        ...more,
      });
    await claim('1.12', {}, 1);
    await claim('1.38', { consumer_generation: null, consumer_type: 'INSTANCE' }, 2);
    await claim('1.38', { consumer_generation: null, consumer_type: 'INSTANCE' }, 3);
    await claim('1.38', { consumer_generation: null, consumer_type: 'MIGRATION' }, 4);
    const ask = async (query: string, version = '1.38') =>
      (await room.ask('GET', `/usages?project_id=typed${query}`, version)).body['usages'];
    assert.deepEqual(await ask('', '1.37'), { VCPU: 10 });
    assert.deepEqual(await ask(''), {
      INSTANCE: { consumer_count: 2, VCPU: 5 },
      MIGRATION: { consumer_count: 1, VCPU: 4 },
      unknown: { consumer_count: 1, VCPU: 1 },
    });
    assert.deepEqual(await ask('&consumer_type=all'), { all: { consumer_count: 4, VCPU: 10 } });
    assert.deepEqual(await ask('&consumer_type=unknown'), {
      unknown: { consumer_count: 1, VCPU: 1 },
    });
    assert.deepEqual(await ask('&consumer_type=INSTANCE&user_id=other'), {});
    for (const query of ['?project_id=', '?user_id=u', '?project_id=p&consumer_type=x'])
      assert.equal((await room.ask('GET', `/usages${query}`, '1.38')).status, 400, query);
    assert.equal(
      (await room.ask('GET', '/usages?project_id=p&consumer_type=all', '1.37')).status,
      400,
    );
  });

  test('several consumers at once: all or none, and one may take what another gives back', async () => {
    const id = await room.provider('swap', { VCPU: { total: 4, max_unit: 4 } });
    const [a, b] = [newUuid(), newUuid()];
    const post = (claims: Document) => room.ask('POST', '/allocations', '1.23', claims);
    const claim = (vcpus: number) => ({
      allocations: vcpus === 0 ? {} : of(id, { VCPU: vcpus }),
      ...owner,
    });
    assert.equal((await post({ [a]: claim(3), [b]: claim(2) })).status, 409, 'together too much');
    assert.deepEqual(await usages(id), { VCPU: 0 });
    assert.equal((await post({ [a]: claim(3), [b]: claim(1) })).status, 204);
    assert.equal((await post({ [a]: claim(1), [b]: claim(3) })).status, 204);
    assert.equal((await post({ [a]: claim(0), [b]: claim(4) })).status, 204);
    assert.equal(
      (await room.ask('GET', `/allocations/${a}`, '1.39')).body['consumer_type'],
      undefined,
    );
    assert.equal((await post({})).status, 400);
    assert.equal((await post({ nonsense: claim(1) })).status, 400);
  });

  test('an overdrawn inventory may be given back step by step', async () => {
    const id = await room.provider('overdrawn', { VCPU: { total: 8 } });
    const consumer = newUuid();
    const put = (vcpus: number) =>
      room.ask('PUT', `/allocations/${consumer}`, '1.12', {
        allocations: of(id, { VCPU: vcpus }),
        ...owner,
      });
    assert.equal((await put(8)).status, 204);
    await room.ask('PUT', `/resource_providers/${id}/inventories/VCPU`, '1.0', {
      resource_provider_generation: await room.generation(id),
      total: 2,
    });
    assert.equal((await put(9)).status, 409);
    assert.equal((await put(6)).status, 204);
    assert.equal((await put(7)).status, 409);
  });

  test('a reshape moves inventory and what is taken of it, or nothing at all', async () => {
    const [root, child] = [
      await room.provider('reshape-root', { VCPU: { total: 8 }, DISK_GB: { total: 10 } }),
      await room.provider('reshape-child'),
    ];
    const consumer = newUuid();
    await room.ask('PUT', `/allocations/${consumer}`, '1.38', {
      allocations: of(root, { VCPU: 2, DISK_GB: 1 }),
      ...owner,
      consumer_generation: null,
      consumer_type: 'INSTANCE',
    });
    const inventories = async () => ({
      [root]: {
        resource_provider_generation: await room.generation(root),
        inventories: { DISK_GB: { total: 10 } },
      },
      [child]: {
        resource_provider_generation: await room.generation(child),
        inventories: { VCPU: { total: 8 } },
      },
    });
    const reshape = (body: Document, version = '1.38') =>
      room.ask('POST', '/reshaper', version, body);
    const claim = {
      allocations: { ...of(root, { DISK_GB: 1 }), ...of(child, { VCPU: 2 }) },
      ...owner,
      consumer_generation: 1,
      consumer_type: 'INSTANCE',
    };
    const before = await room.generation(root);
    const left = await reshape({ inventories: await inventories(), allocations: {} });
    assert.deepEqual([left.status, left.code], [409, 'placement.inventory.inuse']);
    const stale = await reshape({
      inventories: {
        ...(await inventories()),
        [root]: { resource_provider_generation: 0, inventories: {} },
      },
      allocations: {},
    });
    assert.deepEqual([stale.status, stale.code], [409, 'placement.concurrent_update']);
    const unknown = await reshape({
      inventories: { [newUuid()]: { resource_provider_generation: 0, inventories: {} } },
      allocations: {},
    });
    assert.deepEqual(
      [unknown.status, unknown.code],
      [400, 'placement.resource_provider.not_found'],
    );
    const old = await reshape({
      inventories: await inventories(),
      allocations: { [consumer]: { ...claim, consumer_generation: 7 } },
    });
    assert.deepEqual([old.status, old.code], [409, 'placement.concurrent_update']);
    assert.equal(await room.generation(root), before, 'nothing of it remained');
    const done = await reshape({
      inventories: await inventories(),
      allocations: { [consumer]: claim },
    });
    assert.equal(done.status, 204, done.detail);
    assert.deepEqual(await usages(root), { DISK_GB: 1 });
    assert.deepEqual(await usages(child), { VCPU: 2 });
    assert.equal((await reshape({ inventories: {}, allocations: {} })).status, 400);
    assert.equal((await reshape({}, '1.29')).status, 404);
  });
});
