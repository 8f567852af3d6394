import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { newUuid } from '../../../core/ids.ts';
import { startTestCompute, type Document, type TestClient, type TestCompute } from '../testing.ts';

const SERVERS = '/compute/v2.1/servers';

describe('what compute refuses', () => {
  let room: TestCompute;
  let alice: TestClient;
  let base: Document;
  before(async () => {
    room = await startTestCompute();
    await room.host('h1');
    alice = room.member();
    base = { name: 'x', imageRef: room.image(), flavorRef: await room.flavor() };
  });
  after(() => room.stop());

  /** The creation fails with this status and sentence, and leaves nothing. */
  const refused = async (values: Document, status: number, message: RegExp, version?: string) => {
    const reply = await alice.ask('POST', SERVERS, { server: { ...base, ...values } }, version);
    assert.equal(reply.status, status, JSON.stringify(reply.body));
    const [kind] = Object.keys(reply.body);
    assert.equal(kind, { 400: 'badRequest', 403: 'forbidden', 409: 'conflictingRequest' }[status]);
    assert.match(reply.body[kind!].message, message);
    assert.equal(reply.body[kind!].code, status);
    const { servers } = await alice.get(SERVERS);
    assert.deepEqual(servers, []);
    const { ports } = await alice.get('/network/v2.0/ports?device_owner=compute:nova');
    assert.deepEqual(ports, []);
  };

  test('things that are not there', async () => {
    const nothing = newUuid();
    await refused({ imageRef: nothing }, 400, new RegExp(`Image ${nothing} could not be found`));
    await refused(
      { imageRef: 'busybox' },
      400,
      /Invalid imageRef provided: 'busybox' is not the UUID/,
    );
    await refused({ imageRef: '' }, 400, /Invalid imageRef provided: a server needs an image/);
    await refused({ flavorRef: 'huge' }, 400, /Flavor huge could not be found/);
    await refused(
      { networks: [{ uuid: nothing }] },
      400,
      new RegExp(`Network ${nothing} could not be found`),
    );
    await refused(
      { networks: [{ port: nothing }] },
      400,
      new RegExp(`Port ${nothing} could not be found`),
    );
    await refused({ security_groups: [{ name: 'nobody' }] }, 400, /nobody/);
    await refused({ key_name: 'nokey' }, 400, /Invalid key_name provided/);
    await refused({ availability_zone: 'moon' }, 400, /there is no zone moon/);
    assert.equal(
      (await alice.ask('GET', `${SERVERS}/${nothing}`)).body['itemNotFound'].message,
      `Instance ${nothing} could not be found.`,
    );
    assert.equal((await alice.ask('GET', `${SERVERS}/web`)).status, 404);
  });

  test('members that are wrong, by name', async () => {
    await refused({ name: 'n'.repeat(300) }, 400, /server\.name: it is too long: at most 255/);
    await refused({ name: '  ' }, 400, /server\.name/);
    await refused({ user_data: 'not base64!' }, 400, /server\.user_data: it is not base64/);
    await refused(
      { user_data: 'QUFB'.repeat(20_000) },
      400,
      /server\.user_data: it is too long: 80000 characters/,
    );
    await refused({ metadata: { a: 'v'.repeat(256) } }, 400, /metadata\.a: it is too long/);
    await refused({ min_count: 3, max_count: 2 }, 400, /min_count must be <= max_count/);
    await refused({ nonsense: true }, 400, /unknown members: nonsense/);
    await refused({ tags: ['a'] }, 400, /'tags' was unexpected/);
    await refused({ description: 'd' }, 400, /'description' was unexpected/);
    await refused({ networks: 'none' }, 400, /needs microversion 2\.37/);
    await refused({}, 400, /'networks' is a required property/, '2.37');
    await refused(
      { personality: [{ path: '/a', contents: '' }] },
      400,
      /Injected files are not offered/,
    );
    await refused({ accessIPv4: '1.2.3' }, 400, /accessIPv4/);
    await refused(
      { block_device_mapping_v2: [{ uuid: newUuid(), source_type: 'volume', boot_index: 0 }] },
      400,
      /this cloud has no volumes/,
    );
    const malformed = await room.app.inject({
      method: 'POST',
      url: SERVERS,
      headers: { 'content-type': 'application/json' },
      payload: '{',
    });
    assert.equal(malformed.statusCode, 401, 'the token comes first');
  });

  test('images and flavors that do not fit each other', async () => {
    const flavorRef = await room.flavor({ ram: 64, disk: 1 });
    await refused(
      { flavorRef, imageRef: room.image({ minRam: 512 }) },
      400,
      /Flavor's memory is too small .* needs 512 MB/,
    );
    await refused(
      { flavorRef, imageRef: room.image({ size: 2 ** 31 }) },
      400,
      /Flavor's disk is too small for requested image/,
    );
    await refused(
      { flavorRef, imageRef: room.image({ minDisk: 5 }) },
      400,
      /smaller than the minimum size/,
    );
    await refused(
      { imageRef: room.image({ status: 'queued' }) },
      400,
      /is not active: it is queued/,
    );
  });

  test('networks that cannot be used', async () => {
    const { network } = await room.net(alice, '10.7.0.0/29');
    const bare = (await alice.post('/network/v2.0/networks', { network: { name: 'bare' } }))[
      'network'
    ].id;
    await refused({ networks: [{ uuid: bare }] }, 400, /requires a subnet in order to boot/);
    await refused({ networks: [{ uuid: network, fixed_ip: '10.8.0.9' }] }, 400, /10\.8\.0\.9/);
    await refused(
      { networks: [{ uuid: network, fixed_ip: '10.7.0.4' }], max_count: 2 },
      400,
      /fixed_ip/,
    );
    await refused({ networks: [{}] }, 400, /each network needs a uuid or a port/);
    const second = await room.net(alice, '10.9.0.0/24');
    await refused({}, 409, /Multiple possible networks found/);
    for (const id of [network, bare, second.network])
      await alice.ask('DELETE', `/network/v2.0/networks/${id}`);
  });

  test('more than the quota', async () => {
    await room.admin.ask('PUT', `/compute/v2.1/os-quota-sets/${alice.caller.projectId}`, {
      quota_set: { instances: 2, cores: 3, metadata_items: 1 },
    });
    await refused(
      { min_count: 3 },
      403,
      /Quota exceeded for instances: Requested 3, but already used 0 of 2 instances/,
    );
    const wide = await room.flavor({ vcpus: 4 });
    await refused(
      { flavorRef: wide },
      403,
      /Quota exceeded for cores: Requested 4, but already used 0 of 3 cores/,
    );
    await refused(
      { metadata: { a: '1', b: '2' } },
      403,
      /Maximum number of metadata items exceeds 1/,
    );
    await room.admin.ask('PUT', `/compute/v2.1/os-quota-sets/${alice.caller.projectId}`, {
      quota_set: { cores: -1 },
    });
    const made = await Promise.all(
      Array.from({ length: 6 }, () => alice.ask('POST', SERVERS, { server: base })),
    );
    assert.deepEqual(made.map(({ status }) => status).toSorted(), [202, 202, 403, 403, 403, 403]);
    const low = await room.admin.ask(
      'PUT',
      `/compute/v2.1/os-quota-sets/${alice.caller.projectId}`,
      {
        quota_set: { instances: 1 },
      },
    );
    assert.equal(low.status, 400);
    assert.match(
      low.body['badRequest'].message,
      /Quota limit 1 for instances must be greater than or equal to already used and reserved 2/,
    );
    const { limits } = await alice.get('/compute/v2.1/limits');
    assert.equal(limits.absolute.totalInstancesUsed, 2);
    assert.equal(limits.absolute.maxTotalInstances, 2);
    for (const { id } of (await alice.get(SERVERS)).servers) {
      await alice.ask('DELETE', `${SERVERS}/${id}`);
      await room.gone(alice, id);
    }
  });

  test("other projects' servers", async () => {
    const id = await room.server(alice);
    const bob = room.member();
    for (const [method, path, body] of [
      ['GET', '', undefined],
      ['DELETE', '', undefined],
      ['PUT', '', { server: { name: 'mine' } }],
      ['GET', '/metadata', undefined],
      ['GET', '/os-interface', undefined],
      ['GET', '/os-instance-actions', undefined],
      ['POST', '/action', { 'os-stop': null }],
      ['POST', '/action', { 'os-getConsoleOutput': {} }],
    ] as const)
      assert.equal(
        (await bob.ask(method, `${SERVERS}/${id}${path}`, body)).status,
        404,
        `${method} ${path}`,
      );
    assert.deepEqual((await bob.get(SERVERS)).servers, []);
    assert.equal((await bob.ask('GET', `${SERVERS}?all_tenants=1`)).status, 403);
    const all = await room.admin.get(`${SERVERS}?all_tenants=1`);
    assert.deepEqual(
      all['servers'].map((server: Document) => server['id']),
      [id],
    );
    assert.deepEqual((await room.admin.get(SERVERS)).servers, []);
  });
});
