import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { newUuid } from '../../../core/ids.ts';
import { startTestPlacement, type Document, type TestPlacement } from '../testing.ts';

describe('resource providers', () => {
  let room: TestPlacement;
  before(async () => {
    room = await startTestPlacement();
  });
  after(() => room.stop());
  const names = ({ body }: { body: Document }) =>
    body['resource_providers'].map(({ name }: Document) => name).toSorted();

  test('a tree is built, moved from 1.37 on, and never closed to a ring', async () => {
    const [a, b] = [await room.provider('a'), await room.provider('b')];
    const child = await room.provider('child', undefined, a);
    const leaf = await room.provider('leaf', undefined, child);
    const move = (id: string, name: string, parent: string | null, version: string) =>
      room.ask('PUT', `/resource_providers/${id}`, version, { name, parent_provider_uuid: parent });
    assert.match((await move(child, 'child', b, '1.36')).detail, /re-parenting .* not .* allowed/);
    assert.match((await move(child, 'child', null, '1.36')).detail, /un-parenting/);
    assert.match((await move(child, 'child', leaf, '1.37')).detail, /creating loop/);
    assert.match((await move(child, 'child', child, '1.37')).detail, /creating loop/);
    assert.match((await move(child, 'child', newUuid(), '1.37')).detail, /does not exist/);
    const moved = await move(child, 'child', b, '1.37');
    assert.equal(moved.body['root_provider_uuid'], b);
    const root = async (id: string) =>
      (await room.ask('GET', `/resource_providers/${id}`, '1.14')).body['root_provider_uuid'];
    assert.equal(await root(leaf), b, 'what is below comes along');
    assert.equal((await move(child, 'child', null, '1.37')).body['root_provider_uuid'], child);
    assert.equal(await root(leaf), child);
    assert.equal(
      (await move(a, 'a', leaf, '1.14')).status,
      200,
      'a first parent is always allowed',
    );
    assert.equal(await root(a), child);
    const renamed = await room.ask('PUT', `/resource_providers/${a}`, '1.14', { name: 'a2' });
    assert.equal(renamed.body['parent_provider_uuid'], leaf, 'left out, it stays');
    const early = await room.ask('PUT', `/resource_providers/${a}`, '1.13', {
      name: 'a2',
      parent_provider_uuid: null,
    });
    assert.match(early.detail, /'parent_provider_uuid' was unexpected/);
  });

  test('two that would put each other below themselves at once do not make a ring', async () => {
    for (let round = 0; round < 5; round++) {
      const [a, b] = [await room.provider(`ring-a${round}`), await room.provider(`ring-b${round}`)];
      const answers = await Promise.all(
        [
          [a, b, `ring-a${round}`],
          [b, a, `ring-b${round}`],
        ].map(([id, parent, name]) =>
          room.ask('PUT', `/resource_providers/${id}`, '1.37', {
            name,
            parent_provider_uuid: parent,
          }),
        ),
      );
      assert.deepEqual(answers.map(({ status }) => status).toSorted(), [200, 400]);
    }
  });

  test('filters by the version they came with', async () => {
    const id = await room.provider('rich', { VCPU: { total: 8 } });
    const poor = await room.provider('poor', { VCPU: { total: 1 } });
    await room.ask('PUT', '/traits/CUSTOM_RICH', '1.6');
    await room.ask('PUT', `/resource_providers/${id}/traits`, '1.6', {
      resource_provider_generation: await room.generation(id),
      traits: ['CUSTOM_RICH', 'HW_CPU_X86_AVX'],
    });
    const aggregate = newUuid();
    const put = await room.ask('PUT', `/resource_providers/${id}/aggregates`, '1.1', [aggregate]);
    assert.deepEqual(put.body, { aggregates: [aggregate] });
    const list = (query: string, version = '1.39') =>
      room.ask('GET', `/resource_providers?${query}`, version);
    assert.deepEqual(names(await list('resources=VCPU:2')), ['rich']);
    assert.deepEqual(names(await list('resources=VCPU:1&required=!CUSTOM_RICH')), ['poor']);
    assert.deepEqual(names(await list('required=in:CUSTOM_RICH,HW_NUMA_ROOT')), ['rich']);
    assert.deepEqual(names(await list('required=HW_CPU_X86_AVX&required=CUSTOM_RICH')), ['rich']);
    assert.deepEqual(names(await list(`member_of=${aggregate}`)), ['rich']);
    assert.deepEqual(
      names(await list(`resources=VCPU:1&member_of=!in:${aggregate},${newUuid()}`)),
      ['poor'],
    );
    assert.deepEqual(names(await list(`in_tree=${poor}`)), ['poor']);
    assert.deepEqual(names(await list(`in_tree=${newUuid()}`)), []);
    assert.deepEqual(names(await list(`uuid=${id.replaceAll('-', '').toUpperCase()}`)), ['rich']);
    for (const [query, version] of [
      [`member_of=${aggregate}`, '1.2'],
      ['resources=VCPU:1', '1.3'],
      [`in_tree=${poor}`, '1.13'],
      ['required=CUSTOM_RICH', '1.17'],
      ['required=!CUSTOM_RICH', '1.21'],
      [`member_of=${aggregate}&member_of=${aggregate}`, '1.23'],
      [`member_of=!${aggregate}`, '1.31'],
      ['required=in:CUSTOM_RICH,HW_NUMA_ROOT', '1.38'],
      ['required=CUSTOM_NONE', '1.39'],
      ['required=in:!CUSTOM_RICH', '1.39'],
      ['required=,', '1.39'],
      ['resources=CUSTOM_NONE:1', '1.39'],
      ['resources=VCPU:0', '1.39'],
      ['resources=VCPU', '1.39'],
      ['resources=', '1.39'],
      ['member_of=a,b', '1.39'],
      ['uuid=x', '1.39'],
      ['marker=x', '1.39'],
    ] as const)
      assert.equal((await list(query, version)).status, 400, `${query} at ${version}`);
  });

  test('what is not said twice: names, ids, traits, classes', async () => {
    const id = newUuid();
    const post = (body: Document) => room.ask('POST', '/resource_providers', '1.23', body);
    assert.equal((await post({ name: 'one', uuid: id.replaceAll('-', '') })).body['uuid'], id);
    assert.equal((await post({ name: 'two', uuid: id })).code, 'placement.duplicate_name');
    assert.equal((await post({ name: 'one' })).code, 'placement.duplicate_name');
    assert.match(
      (await post({ name: 'x', uuid: 'nonsense-nonsense-nonsense-nonsense' })).detail,
      /uuid/,
    );
    assert.match(
      (await post({ name: 'self', uuid: newUuid(), parent_provider_uuid: id.slice(0, 35) })).detail,
      /not a 'uuid'/,
    );
    const classes = (method: string, name: string, version: string, body?: unknown) =>
      room.ask(method, `/resource_classes/${name}`, version, body);
    await classes('PUT', 'CUSTOM_OLD', '1.7');
    const used = await room.provider('uses', { CUSTOM_OLD: { total: 2 } });
    await room.ask('PUT', `/allocations/${newUuid()}`, '1.8', {
      allocations: [{ resource_provider: { uuid: used }, resources: { CUSTOM_OLD: 1 } }],
      project_id: 'p',
      user_id: 'u',
    });
    assert.equal((await classes('DELETE', 'CUSTOM_OLD', '1.7')).status, 409);
    const renamed = await classes('PUT', 'CUSTOM_OLD', '1.6', { name: 'CUSTOM_NEW' });
    assert.equal(renamed.body['name'], 'CUSTOM_NEW');
    const usages = await room.ask('GET', `/resource_providers/${used}/usages`, '1.0');
    assert.deepEqual(usages.body['usages'], { CUSTOM_NEW: 1 }, 'renamed where it is used, too');
    assert.equal((await classes('GET', 'CUSTOM_OLD', '1.2')).status, 404);
    assert.equal((await classes('PUT', 'VCPU', '1.6', { name: 'CUSTOM_V' })).status, 400);
    const traits = await room.ask('GET', '/traits?name=startswith:HW_GPU_', '1.6');
    assert.ok(traits.body['traits'].length > 20, 'the standard traits are all there');
    assert.equal((await room.ask('DELETE', '/traits/HW_NUMA_ROOT', '1.6')).status, 400);
    assert.equal((await room.ask('GET', '/traits?associated=perhaps', '1.6')).status, 400);
  });
});
