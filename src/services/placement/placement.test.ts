import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { newUuid } from '../../core/ids.ts';
import { transact } from '../../database/database.ts';
import { startTestPlacement, type Document, type TestPlacement } from './testing.ts';

describe('placement', () => {
  let room: TestPlacement;
  before(async () => {
    room = await startTestPlacement();
  });
  after(() => room.stop());
  const ask: TestPlacement['ask'] = (...question) => room.ask(...question);
  const provider: TestPlacement['provider'] = (...values) => room.provider(...values);

  test('providers are made, renamed, found and deleted', async () => {
    const id = newUuid();
    const made = await ask('POST', '/resource_providers', '1.0', { name: 'n1', uuid: id });
    assert.equal(made.status, 201);
    assert.match(
      String(made.headers['location']),
      new RegExp(`^http://[^/]+/placement/resource_providers/${id}$`),
      'an address: clients ask there at once',
    );
    const shown = await ask('GET', `/resource_providers/${id}`, '1.0');
    assert.deepEqual(
      shown.body['links'].map(({ rel }: Document) => rel),
      ['self', 'inventories', 'usages'],
    );
    assert.equal('parent_provider_uuid' in shown.body, false);
    const newer = await ask('GET', `/resource_providers/${id}`, '1.15');
    assert.equal(newer.body['root_provider_uuid'], id);
    assert.equal(newer.headers['cache-control'], 'no-cache');
    assert.ok(newer.headers['last-modified']);
    const again = await ask('POST', '/resource_providers', '1.23', { name: 'n1' });
    assert.equal(again.status, 409);
    assert.equal(again.body['errors'][0].code, 'placement.duplicate_name');
    assert.equal(
      (await ask('PUT', `/resource_providers/${id}`, '1.0', { name: 'n2' })).body['name'],
      'n2',
    );
    assert.equal(
      (await ask('GET', '/resource_providers?name=n2', '1.0')).body['resource_providers'].length,
      1,
    );
    assert.equal((await ask('GET', '/resource_providers?member_of=x', '1.0')).status, 400);
    assert.equal(
      (await ask('GET', '/resource_providers', '1.0', undefined, 'member,reader')).status,
      403,
    );
    const child = await ask('POST', '/resource_providers', '1.20', {
      name: 'child',
      parent_provider_uuid: id,
    });
    assert.equal(child.body['root_provider_uuid'], id);
    assert.equal(
      (await ask('GET', `/resource_providers?in_tree=${child.body['uuid']}`, '1.14')).body[
        'resource_providers'
      ].length,
      2,
    );
    const blocked = await ask('DELETE', `/resource_providers/${id}`, '1.23');
    assert.equal(
      blocked.body['errors'][0].code,
      'placement.resource_provider.cannot_delete_parent',
    );
    for (const gone of [child.body['uuid'], id])
      assert.equal((await ask('DELETE', `/resource_providers/${gone}`, '1.0')).status, 204);
    assert.equal((await ask('DELETE', `/resource_providers/${id}`, '1.0')).status, 404);
  });

  test('a generation that has passed is refused', async () => {
    const id = await provider('gen', { VCPU: { total: 4 } });
    const path = `/resource_providers/${id}/inventories`;
    const stale = await ask('PUT', `${path}/VCPU`, '1.23', {
      resource_provider_generation: 0,
      total: 8,
    });
    assert.equal(stale.status, 409);
    assert.equal(stale.body['errors'][0].code, 'placement.concurrent_update');
    const absurd = await ask('PUT', `${path}/VCPU`, '1.23', {
      resource_provider_generation: -1e308,
      total: 8,
    });
    assert.equal(absurd.code, 'placement.concurrent_update');
    const { body } = await ask('GET', path, '1.0');
    assert.equal(body['inventories'].VCPU.max_unit, 2_147_483_647);
    const fresh = await ask('PUT', `${path}/VCPU`, '1.0', {
      resource_provider_generation: body['resource_provider_generation'],
      total: 8,
    });
    assert.equal(fresh.body['total'], 8);
    const unknown = await ask('PUT', path, '1.0', {
      resource_provider_generation: fresh.body['resource_provider_generation'],
      inventories: { CUSTOM_X: { total: 1 } },
    });
    assert.equal(unknown.status, 400);
    const reserved = await ask('PUT', `${path}/VCPU`, '1.0', {
      resource_provider_generation: fresh.body['resource_provider_generation'],
      total: 8,
      reserved: 8,
    });
    assert.equal(reserved.status, 400);
    await ask('DELETE', `/resource_providers/${id}`, '1.0');
  });

  test('allocations by the words of each version, and what they keep from being deleted', async () => {
    const id = await provider('alloc', {
      VCPU: { total: 4 },
      MEMORY_MB: { total: 1024, step_size: 64 },
    });
    const consumer = newUuid();
    const path = `/allocations/${consumer}`;
    const old = { allocations: [{ resource_provider: { uuid: id }, resources: { VCPU: 1 } }] };
    assert.equal((await ask('PUT', path, '1.0', old)).status, 204);
    assert.equal((await ask('PUT', path, '1.8', old)).status, 400);
    assert.equal(
      (await ask('PUT', path, '1.12', { ...old, project_id: 'p', user_id: 'u' })).status,
      400,
    );
    const body = {
      allocations: { [id]: { resources: { VCPU: 2, MEMORY_MB: 128 } } },
      project_id: 'p',
      user_id: 'u',
    };
    assert.equal((await ask('PUT', path, '1.12', body)).status, 204);
    const read = (await ask('GET', path, '1.28')).body;
    assert.deepEqual(read['allocations'][id].resources, { VCPU: 2, MEMORY_MB: 128 });
    assert.equal(read['project_id'], 'p');
    const stale = await ask('PUT', path, '1.28', { ...body, consumer_generation: null });
    assert.equal(stale.status, 409);
    assert.equal(stale.body['errors'][0].code, 'placement.concurrent_update');
    assert.equal(
      (
        await ask('PUT', path, '1.28', {
          ...body,
          consumer_generation: read['consumer_generation'],
        })
      ).status,
      204,
    );
    const much = await ask('PUT', `/allocations/${newUuid()}`, '1.12', {
      ...body,
      allocations: { [id]: { resources: { VCPU: 3 } } },
    });
    assert.equal(much.status, 409);
    assert.match(much.body['errors'][0].detail, /'VCPU' on resource provider .* 3 wanted, 2 free/);
    const step = await ask('PUT', `/allocations/${newUuid()}`, '1.12', {
      ...body,
      allocations: { [id]: { resources: { MEMORY_MB: 65 } } },
    });
    assert.match(step.body['errors'][0].detail, /multiples of 64/);
    assert.equal((await ask('GET', '/usages?project_id=p', '1.9')).body['usages'].VCPU, 2);
    assert.equal(
      (await ask('GET', '/usages?project_id=q', '1.9', undefined, 'member,reader')).status,
      403,
    );
    assert.equal(
      (await ask('DELETE', `/resource_providers/${id}`, '1.23')).body['errors'][0].code,
      'placement.resource_provider.inuse',
    );
    assert.equal(
      (await ask('DELETE', `/resource_providers/${id}/inventories/VCPU`, '1.23')).body['errors'][0]
        .code,
      'placement.concurrent_update',
      "as placement says it; without the class's name it is placement.inventory.inuse",
    );
    assert.equal(
      (await ask('DELETE', `/resource_providers/${id}/inventories`, '1.23')).code,
      'placement.inventory.inuse',
    );
    const moved = {
      [consumer]: { allocations: {}, project_id: 'p', user_id: 'u' },
      [newUuid()]: body,
    };
    assert.equal((await ask('POST', '/allocations', '1.13', moved)).status, 204);
    assert.equal(
      (await ask('DELETE', path, '1.0')).status,
      404,
      'a consumer of nothing is forgotten',
    );
    const [other] = Object.keys(moved).slice(1);
    assert.equal((await ask('DELETE', `/allocations/${other}`, '1.0')).status, 204);
    assert.equal((await ask('DELETE', `/resource_providers/${id}`, '1.0')).status, 204);
  });

  test('traits, classes, aggregates and candidates', async () => {
    const id = await provider('cand', {
      VCPU: { total: 4, allocation_ratio: 2 },
      DISK_GB: { total: 10 },
    });
    assert.equal((await ask('PUT', '/traits/CUSTOM_FAST', '1.6')).status, 201);
    assert.equal((await ask('PUT', '/traits/CUSTOM_FAST', '1.6')).status, 204);
    assert.equal((await ask('PUT', '/traits/FAST', '1.6')).status, 400);
    const { generation } = (await ask('GET', `/resource_providers/${id}`, '1.0')).body;
    const set = await ask('PUT', `/resource_providers/${id}/traits`, '1.6', {
      resource_provider_generation: generation,
      traits: ['CUSTOM_FAST'],
    });
    assert.deepEqual(set.body['traits'], ['CUSTOM_FAST']);
    assert.equal((await ask('DELETE', '/traits/CUSTOM_FAST', '1.6')).status, 409);
    assert.equal((await ask('PUT', '/resource_classes/CUSTOM_GOLD', '1.7')).status, 201);
    assert.equal((await ask('DELETE', '/resource_classes/VCPU', '1.7')).status, 400);
    const aggregate = newUuid();
    const joined = await ask('PUT', `/resource_providers/${id}/aggregates`, '1.19', {
      aggregates: [aggregate],
      resource_provider_generation: set.body['resource_provider_generation'],
    });
    assert.deepEqual(joined.body['aggregates'], [aggregate]);
    const candidates = async (query: string, version = '1.25') =>
      (await ask('GET', `/allocation_candidates?${query}`, version)).body;
    assert.equal((await candidates('resources=VCPU:8'))['allocation_requests'].length, 1);
    assert.equal((await candidates('resources=VCPU:9'))['allocation_requests'].length, 0);
    assert.equal(
      (await candidates('resources=VCPU:1&required=CUSTOM_FAST'))['allocation_requests'].length,
      1,
    );
    assert.equal(
      (await candidates('resources=VCPU:1&required=!CUSTOM_FAST'))['allocation_requests'].length,
      0,
    );
    assert.equal(
      (await candidates(`resources=VCPU:1&member_of=${newUuid()}`))['allocation_requests'].length,
      0,
    );
    const granular = await candidates(
      'resources=VCPU:1&resources1=DISK_GB:10&required1=CUSTOM_FAST',
    );
    assert.deepEqual(granular['allocation_requests'][0].allocations[id].resources, {
      VCPU: 1,
      DISK_GB: 10,
    });
    const summary = (await candidates('resources=VCPU:1', '1.27'))['provider_summaries'][id];
    assert.deepEqual(summary.resources, {
      VCPU: { capacity: 8, used: 0 },
      DISK_GB: { capacity: 10, used: 0 },
    });
    assert.ok(
      Array.isArray(
        (await candidates('resources=VCPU:1', '1.10'))['allocation_requests'][0].allocations,
      ),
    );
    assert.equal((await ask('GET', '/allocation_candidates', '1.10')).status, 400);
    assert.equal((await ask('GET', '/allocation_candidates?resources=VCPU:x', '1.10')).status, 400);
    assert.equal((await ask('GET', '/allocation_candidates?resources=VCPU:1', '1.9')).status, 404);
  });

  test('a hundred transactions at once never take more than there is', async () => {
    const id = await provider('race', { VCPU: { total: 10 }, MEMORY_MB: { total: 1000 } });
    const results = await Promise.all(
      Array.from({ length: 100 }, () =>
        transact(room.database, (transaction) =>
          room.service.allocate(
            transaction,
            { id: newUuid(), projectId: 'p', userId: 'u' },
            { [id]: { VCPU: 1, MEMORY_MB: 95 } },
          ),
        ),
      ),
    );
    assert.equal(results.filter(({ fits }) => fits).length, 10);
    const lost = results.find((result) => !result.fits);
    assert.ok(lost && !lost.fits);
    assert.deepEqual(
      lost.shortages.map(({ resourceClass }) => resourceClass),
      ['VCPU', 'MEMORY_MB'],
    );
    const usage = await ask('GET', `/resource_providers/${id}/usages`, '1.0');
    assert.deepEqual(usage.body['usages'], { VCPU: 10, MEMORY_MB: 950 });
  });
});
