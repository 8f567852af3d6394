import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startTestCompute, type Document, type TestCompute } from '../testing.ts';

const V = '/compute/v2.1';
const SERVERS = `${V}/servers`;

describe('aggregates and zones', () => {
  let room: TestCompute;
  before(async () => {
    room = await startTestCompute();
    await room.host('h1');
    await room.host('h2');
  });
  after(() => room.stop());
  const make = async (name: string, zone?: string) =>
    (
      await room.admin.post(`${V}/os-aggregates`, {
        aggregate: { name, ...(zone === undefined ? {} : { availability_zone: zone }) },
      })
    ).aggregate as Document;
  const act = (id: number, body: Document, version?: string) =>
    room.admin.ask('POST', `${V}/os-aggregates/${id}/action`, body, version);
  const add = (id: number, host: string) => act(id, { add_host: { host } });
  const drop = (id: number, host: string) => act(id, { remove_host: { host } });

  test('an aggregate makes a zone, and servers are made in it', async () => {
    const made = await make('docker-aggregate', 'docker-zone');
    assert.deepEqual(Object.keys(made).toSorted(), [
      'availability_zone',
      'created_at',
      'deleted',
      'deleted_at',
      'id',
      'name',
      'updated_at',
    ]);
    const { body, status } = await act(made['id'], { add_host: { host: 'h1' } }, '2.41');
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual(body['aggregate'].hosts, ['h1']);
    assert.deepEqual(body['aggregate'].metadata, { availability_zone: 'docker-zone' });
    const [provider] = (await room.admin.get('/placement/resource_providers?name=h1'))[
      'resource_providers'
    ];
    const mirrored = await room.admin.get(
      `/placement/resource_providers/${provider.uuid}/aggregates`,
      '1.1',
    );
    assert.deepEqual(mirrored['aggregates'], [body['aggregate'].uuid], 'placement knows it');
    const zones = await room.admin.get(`${V}/os-availability-zone/detail`);
    assert.deepEqual(
      zones['availabilityZoneInfo'].map((zone: Document) => [
        zone['zoneName'],
        Object.keys(zone['hosts']),
      ]),
      [
        ['docker-zone', ['h1']],
        ['nova', ['h2']],
      ],
    );
    const { services } = await room.admin.get(`${V}/os-services?host=h1`);
    assert.equal(services[0].zone, 'docker-zone');
    const alice = room.member();
    const id = await room.server(alice, { availability_zone: 'docker-zone' });
    const server = await room.becomes(alice, id, 'ACTIVE');
    assert.equal(server['OS-EXT-AZ:availability_zone'], 'docker-zone');
    const other = await room.becomes(
      alice,
      await room.server(alice, { availability_zone: 'nova' }),
      'ACTIVE',
    );
    assert.equal(other['OS-EXT-AZ:availability_zone'], 'nova');
    const unknown = await alice.ask(
      'POST',
      SERVERS,
      { server: { ...server, availability_zone: 'x' } },
      '2.37',
    );
    assert.equal(unknown.status, 400);
    // With servers, neither the host changes its zone nor the zone its name.
    assert.equal((await drop(made['id'], 'h1')).status, 409);
    const renamed = await room.admin.ask('PUT', `${V}/os-aggregates/${made['id']}`, {
      aggregate: { availability_zone: 'other' },
    });
    assert.equal(renamed.status, 400);
    assert.match(renamed.body['badRequest'].message, /contain instances in this zone/);
    const rival = await make('rival', 'rival-zone');
    const refused = await add(rival['id'], 'h1');
    assert.equal(refused.status, 409);
    assert.match(refused.body['conflictingRequest'].message, /already in availability zone/);
    assert.equal((await add(rival['id'], 'h2')).status, 409, 'it has a server of zone nova');
    for (const one of [id, other['id']]) {
      await alice.ask('DELETE', `${SERVERS}/${one}`);
      await room.gone(alice, one);
    }
    assert.equal((await drop(made['id'], 'h1')).status, 200);
    for (const one of [made, rival])
      assert.equal((await room.admin.ask('DELETE', `${V}/os-aggregates/${one['id']}`)).status, 200);
  });

  test('metadata, names, and what is refused', async () => {
    const { id } = await make('a1');
    const [path, version] = [`${V}/os-aggregates/${id}`, '2.41'];
    assert.equal(
      (await room.admin.ask('POST', `${V}/os-aggregates`, { aggregate: { name: 'a1' } })).status,
      409,
    );
    const set = (metadata: Document) => act(id, { set_metadata: { metadata } });
    const changed = await set({ ssd: 'true', disk: 'nvme' });
    assert.deepEqual(changed.body['aggregate'].metadata, { ssd: 'true', disk: 'nvme' });
    assert.deepEqual((await set({ ssd: null })).body['aggregate'].metadata, { disk: 'nvme' });
    assert.equal((await set({ availability_zone: null })).status, 400);
    const named = await room.admin.ask('PUT', path, {
      aggregate: { name: ' a2 ', availability_zone: 'z' },
    });
    assert.equal(named.body['aggregate'].name, 'a2');
    assert.equal(named.body['aggregate'].availability_zone, 'z');
    assert.equal('uuid' in named.body['aggregate'], false);
    assert.match((await room.admin.get(path, version))['aggregate'].uuid, /^[0-9a-f-]{36}$/);
    assert.equal((await add(id, 'h9')).status, 404);
    assert.equal((await add(id, 'h2')).status, 200);
    assert.equal((await add(id, 'h2')).status, 409);
    assert.equal((await drop(id, 'h1')).status, 404);
    assert.equal((await room.admin.ask('DELETE', path)).status, 400, 'it has a host');
    assert.equal((await drop(id, 'h2')).status, 200);
    for (const [method, target, body, status] of [
      ['GET', `${V}/os-aggregates/x`, undefined, 400],
      ['GET', `${V}/os-aggregates/999`, undefined, 404],
      ['PUT', path, { aggregate: {} }, 400],
      ['PUT', path, { aggregate: { availability_zone: 'a:b' } }, 400],
      ['POST', `${path}/action`, { set_metadata: { metadata: { k: 1 } } }, 400],
      ['POST', `${path}/action`, {}, 400],
      ['POST', `${V}/os-aggregates`, { aggregate: { name: ' ' } }, 400],
      ['DELETE', path, undefined, 200],
      ['DELETE', path, undefined, 404],
    ] as const)
      assert.equal(
        (await room.admin.ask(method, target, body)).status,
        status,
        `${method} ${target}`,
      );
    const member = room.member();
    for (const method of ['GET', 'POST'])
      assert.equal((await member.ask(method, `${V}/os-aggregates`, {})).status, 403);
  });
});
