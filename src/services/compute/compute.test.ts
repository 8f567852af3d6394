import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  eventually,
  startTestCompute,
  type Document,
  type TestClient,
  type TestCompute,
} from './testing.ts';

const V = '/compute/v2.1';

describe('what compute offers beside servers', () => {
  let room: TestCompute;
  let alice: TestClient;
  let admin: TestClient;
  before(async () => {
    room = await startTestCompute();
    admin = room.admin;
    alice = room.member();
    await room.host('h1', { driver: 'docker' });
  });
  after(() => room.stop());

  test('flavors are made, described, shared and deleted', async () => {
    const reply = await admin.ask('POST', `${V}/flavors`, {
      flavor: { name: 'a', ram: '64', vcpus: 2, disk: 0, swap: 0 },
    });
    assert.equal(reply.status, 200);
    const { flavor } = reply.body as { flavor: Document };
    assert.equal(flavor['swap'], '', 'an empty string until 2.75');
    assert.equal(flavor['ram'], 64);
    assert.deepEqual(flavor['links'][0], {
      rel: 'self',
      href: `http://localhost:80${V}/flavors/${flavor['id']}`,
    });
    const twice = await admin.ask('POST', `${V}/flavors`, {
      flavor: { name: 'a', ram: 64, vcpus: 2, disk: 0 },
    });
    assert.equal(twice.status, 409);
    assert.equal(twice.body['conflictingRequest'].message, 'Flavor with name a already exists.');
    const sameId = await admin.ask('POST', `${V}/flavors`, {
      flavor: { name: 'b', id: flavor['id'], ram: 64, vcpus: 2, disk: 0 },
    });
    assert.match(sameId.body['conflictingRequest'].message, /^Flavor with ID/);
    assert.equal(
      (
        await alice.ask('POST', `${V}/flavors`, {
          flavor: { name: 'c', ram: 64, vcpus: 2, disk: 0 },
        })
      ).status,
      403,
    );
    for (const wrong of [
      { ram: 0 },
      { vcpus: -1 },
      { disk: 'x' },
      { id: ' a' },
      { name: ' ' },
      { description: 'd' },
      { rxtx_factor: 0 },
    ])
      assert.equal(
        (
          await admin.ask('POST', `${V}/flavors`, {
            flavor: { name: 'd', ram: 1, vcpus: 1, disk: 1, ...wrong },
          })
        ).status,
        400,
        JSON.stringify(wrong),
      );

    const specs = `${V}/flavors/${flavor['id']}/os-extra_specs`;
    await admin.post(specs, { extra_specs: { 'hw:x': 'y' } });
    assert.equal((await admin.ask('PUT', `${specs}/hw:x`, { 'hw:x': 'z' })).status, 200);
    assert.deepEqual((await alice.get(specs)).extra_specs, { 'hw:x': 'z' });
    const inline = (await alice.get(`${V}/flavors/${flavor['id']}`, '2.61')).flavor;
    assert.deepEqual(inline.extra_specs, { 'hw:x': 'z' });
    assert.equal(inline.description, null);
    assert.equal((await alice.get(`${V}/flavors/${flavor['id']}`, '2.75')).flavor.swap, 0);
    assert.equal((await admin.ask('DELETE', `${specs}/hw:x`)).status, 200);
    assert.equal((await admin.ask('DELETE', `${specs}/hw:x`)).status, 404);
    const described = await admin.ask(
      'PUT',
      `${V}/flavors/${flavor['id']}`,
      { flavor: { description: 'tiny' } },
      '2.55',
    );
    assert.equal(described.body['flavor'].description, 'tiny');
    assert.equal(
      (
        await admin.ask(
          'PUT',
          `${V}/flavors/${flavor['id']}`,
          { flavor: { description: 'x' } },
          '2.54',
        )
      ).status,
      404,
    );

    const secret = await room.flavor({ name: 'secret', 'os-flavor-access:is_public': false });
    const names = async (query = '') =>
      (await alice.get(`${V}/flavors${query}`)).flavors.map((one: Document) => one['name']);
    assert.deepEqual(await names(), ['a']);
    assert.equal((await alice.ask('GET', `${V}/flavors/${secret}`)).status, 404);
    const grant = { addTenantAccess: { tenant: alice.caller.projectId } };
    assert.deepEqual((await admin.post(`${V}/flavors/${secret}/action`, grant)).flavor_access, [
      { flavor_id: secret, tenant_id: alice.caller.projectId },
    ]);
    assert.equal((await admin.ask('POST', `${V}/flavors/${secret}/action`, grant)).status, 409);
    assert.deepEqual((await names()).toSorted(), ['a', 'secret']);
    const wrongProject = await admin.ask('POST', `${V}/flavors/${secret}/action`, {
      addTenantAccess: { tenant: 'nobody' },
    });
    assert.equal(
      wrongProject.body['badRequest'].message,
      'Project ID nobody is not a valid project.',
    );
    await admin.post(`${V}/flavors/${secret}/action`, {
      removeTenantAccess: { tenant: alice.caller.projectId },
    });
    assert.deepEqual(await names(), ['a']);
    const listed = async (query: string) =>
      (await admin.get(`${V}/flavors${query}`)).flavors.length;
    assert.deepEqual(
      [await listed(''), await listed('?is_public=None'), await listed('?is_public=false')],
      [1, 2, 1],
    );
    const page = await admin.get(`${V}/flavors?is_public=None&limit=1`);
    assert.equal(page['flavors'].length, 1);
    const link = new URL(page['flavors_links'][0].href);
    assert.equal((await admin.get(link.pathname + link.search)).flavors.length, 1);
    assert.equal((await admin.ask('GET', `${V}/flavors?sort_key=secret`)).status, 400);
    for (const id of [secret, flavor['id']])
      assert.equal((await admin.ask('DELETE', `${V}/flavors/${id}`)).status, 202);
    assert.equal(
      (await admin.ask('DELETE', `${V}/flavors/${secret}`)).body['itemNotFound'].message,
      `Flavor ${secret} could not be found.`,
    );
  });

  test('key pairs belong to users', async () => {
    const made = await alice.ask('POST', `${V}/os-keypairs`, { keypair: { name: 'mine' } }, '2.10');
    assert.equal(made.status, 201);
    assert.match(made.body['keypair'].private_key, /^-----BEGIN OPENSSH PRIVATE KEY-----/);
    assert.equal(made.body['keypair'].type, 'ssh');
    const { public_key } = made.body['keypair'];
    const imported = await alice.ask('POST', `${V}/os-keypairs`, {
      keypair: { name: 'also', public_key },
    });
    assert.equal(imported.status, 200);
    assert.equal('private_key' in imported.body['keypair'], false);
    assert.equal('type' in imported.body['keypair'], false);
    assert.equal(
      (await alice.ask('POST', `${V}/os-keypairs`, { keypair: { name: 'mine' } })).body[
        'conflictingRequest'
      ].message,
      "Key pair 'mine' already exists.",
    );
    assert.equal(
      (await alice.ask('POST', `${V}/os-keypairs`, { keypair: { name: 'a/b' } })).status,
      400,
    );
    assert.equal(
      (await alice.ask('POST', `${V}/os-keypairs`, { keypair: { name: 'c', public_key: 'x' } }))
        .status,
      400,
    );
    assert.deepEqual(
      (await alice.get(`${V}/os-keypairs`)).keypairs.map((one: Document) => one['keypair'].name),
      ['also', 'mine'],
    );
    const page = await alice.get(`${V}/os-keypairs?limit=1`, '2.35');
    assert.equal(page['keypairs_links'][0].rel, 'next');
    const shown = (await alice.get(`${V}/os-keypairs/mine`)).keypair;
    assert.equal(shown.user_id, alice.caller.userId);
    assert.equal(shown.deleted, false);
    const bob = room.member();
    assert.equal((await bob.ask('GET', `${V}/os-keypairs/mine`)).status, 404);
    assert.equal(
      (await bob.ask('GET', `${V}/os-keypairs?user_id=${alice.caller.userId}`, undefined, '2.10'))
        .status,
      403,
    );
    const seen = await admin.get(`${V}/os-keypairs?user_id=${alice.caller.userId}`, '2.10');
    assert.equal(seen['keypairs'].length, 2);
    assert.equal(
      (await alice.ask('DELETE', `${V}/os-keypairs/mine`, undefined, '2.2')).status,
      204,
    );
    assert.equal((await alice.ask('DELETE', `${V}/os-keypairs/also`)).status, 202);
    assert.equal((await alice.ask('DELETE', `${V}/os-keypairs/also`)).status, 404);
  });

  test('quotas are read and changed', async () => {
    const own = `${V}/os-quota-sets/${alice.caller.projectId}`;
    const { quota_set: first } = await alice.get(own);
    assert.equal(first.id, alice.caller.projectId);
    assert.deepEqual(
      [first.instances, first.cores, first.ram, first.floating_ips],
      [10, 20, 51200, -1],
    );
    assert.equal('floating_ips' in (await alice.get(own, '2.36')).quota_set, false);
    assert.equal('injected_files' in (await alice.get(own, '2.57')).quota_set, false);
    assert.equal((await alice.ask('PUT', own, { quota_set: { cores: 1 } })).status, 403);
    assert.equal(
      (await admin.ask('PUT', own, { quota_set: { cores: '30' } })).body['quota_set'].cores,
      30,
    );
    assert.equal((await admin.ask('PUT', own, { quota_set: { wheels: 1 } })).status, 400);
    assert.equal(
      (await admin.ask('PUT', own, { quota_set: { floating_ips: 1 } }, '2.36')).status,
      400,
    );
    assert.deepEqual((await alice.get(`${own}/detail`)).quota_set.cores, {
      limit: 30,
      in_use: 0,
      reserved: 0,
    });
    assert.equal((await alice.get(`${own}/defaults`)).quota_set.cores, 20);
    assert.equal((await admin.ask('DELETE', own)).status, 202);
    assert.equal((await alice.get(own)).quota_set.cores, 20);
    assert.equal(
      (await alice.ask('GET', `${V}/os-quota-sets/${admin.caller.projectId}`)).status,
      403,
    );
    assert.equal((await admin.ask('GET', `${V}/os-quota-sets/nobody`)).status, 400);
    await admin.ask('PUT', `${V}/os-quota-class-sets/default`, {
      quota_class_set: { instances: 12 },
    });
    assert.equal((await alice.get(own)).quota_set.instances, 12);
    await admin.ask('PUT', `${V}/os-quota-class-sets/default`, {
      quota_class_set: { instances: 10 },
    });
    const limits = (version?: string) =>
      alice.get(`${V}/limits`, version).then(({ limits: { absolute } }) => absolute);
    assert.equal((await limits())['maxPersonality'], 5);
    assert.equal('maxPersonality' in (await limits('2.57')), false);
    assert.equal('maxSecurityGroups' in (await limits('2.36')), false);
  });

  test("security groups through Nova's old door", async () => {
    const made = await alice.post(`${V}/os-security-groups`, {
      security_group: { name: 'old', description: 'd' },
    });
    const group = made['security_group'];
    const rule = await alice.post(`${V}/os-security-group-rules`, {
      security_group_rule: {
        parent_group_id: group.id,
        ip_protocol: 'TCP',
        from_port: 80,
        to_port: 81,
        cidr: '10.0.0.0/8',
      },
    });
    assert.deepEqual(rule['security_group_rule'].ip_range, { cidr: '10.0.0.0/8' });
    const { security_groups: all } = await alice.get(`${V}/os-security-groups`);
    assert.deepEqual(all.map((one: Document) => one['name']).toSorted(), ['default', 'old']);
    const { network } = await room.net(alice);
    const id = await room.server(alice, { networks: [{ uuid: network }] });
    await room.becomes(alice, id, 'ACTIVE');
    const act = (body: Document) => alice.ask('POST', `${V}/servers/${id}/action`, body);
    assert.equal((await act({ addSecurityGroup: { name: 'old' } })).status, 202);
    const groups = async () =>
      (await alice.get(`${V}/servers/${id}/os-security-groups`)).security_groups;
    const [old] = (await groups()).filter((one: Document) => one['name'] === 'old');
    assert.deepEqual(
      [old.rules[0].ip_protocol, old.rules[0].from_port, old.rules[0].to_port],
      ['tcp', 80, 81],
    );
    assert.equal((await act({ removeSecurityGroup: { name: 'old' } })).status, 202);
    assert.equal((await act({ removeSecurityGroup: { name: 'old' } })).status, 404);
    assert.deepEqual(
      (await groups()).map((one: Document) => one['name']),
      ['default'],
    );
    assert.equal((await alice.ask('DELETE', `${V}/os-security-groups/${group.id}`)).status, 202);
    assert.equal(
      (await alice.ask('GET', `${V}/os-security-groups`, undefined, '2.36')).status,
      404,
    );
  });

  test('what there is none of is an empty list', async () => {
    assert.deepEqual((await admin.get(`${V}/os-aggregates`)).aggregates, []);
    assert.deepEqual((await alice.get(`${V}/os-server-groups`)).server_groups, []);
    assert.equal((await alice.ask('GET', `${V}/os-server-groups/x`)).status, 404);
    assert.ok((await alice.get(`${V}/extensions`)).extensions.length > 10);
    assert.equal((await alice.get(`${V}/extensions/os-keypairs`)).extension.alias, 'os-keypairs');
  });

  test('usage counts the hours that servers lived', async () => {
    const bob = room.member();
    const id = await room.server(bob, { flavorRef: await room.flavor({ vcpus: 2, ram: 128 }) });
    await room.becomes(bob, id, 'ACTIVE');
    const usage = await eventually('some usage', async () => {
      const { tenant_usage: one } = await bob.get(
        `${V}/os-simple-tenant-usage/${bob.caller.projectId}`,
      );
      return one.total_hours > 0 && one;
    });
    assert.ok(Math.abs(usage.total_vcpus_usage - 2 * usage.total_hours) < 1e-9);
    assert.ok(usage.total_hours < 1);
    assert.equal(usage.server_usages[0].instance_id, id);
    assert.equal(
      (await alice.ask('GET', `${V}/os-simple-tenant-usage/${bob.caller.projectId}`)).status,
      403,
    );
    const all = (await admin.get(`${V}/os-simple-tenant-usage?detailed=1`)).tenant_usages;
    assert.ok(all.some((one: Document) => one['tenant_id'] === bob.caller.projectId));
  });
});
