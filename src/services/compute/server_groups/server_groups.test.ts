import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { newUuid } from '../../../core/ids.ts';
import { startTestCompute, type Document, type TestClient, type TestCompute } from '../testing.ts';

const V = '/compute/v2.1';
const SERVERS = `${V}/servers`;

describe('server groups', () => {
  let room: TestCompute;
  before(async () => {
    room = await startTestCompute();
    await room.host('h1');
    await room.host('h2');
  });
  after(() => room.stop());
  const make = async (client: TestClient, group: Document, version = '2.64') =>
    (await client.post(`${V}/os-server-groups`, { server_group: { name: 'g', ...group } }, version))
      .server_group as Document;
  /** Creates servers in the group and gives their ids. */
  const serversIn = async (client: TestClient, group: string, count = 1) => {
    const reply = await client.ask(
      'POST',
      SERVERS,
      {
        server: {
          name: 's',
          imageRef: room.image(),
          flavorRef: await room.flavor(),
          networks: 'none',
          min_count: count,
          return_reservation_id: true,
        },
        'os:scheduler_hints': { group },
      },
      '2.37',
    );
    assert.equal(reply.status, 202, JSON.stringify(reply.body));
    const { servers } = await client.get(
      `${SERVERS}?reservation_id=${reply.body['reservation_id']}`,
    );
    return servers.map(({ id }: Document) => String(id)) as string[];
  };
  const hostsOf = async (ids: readonly string[]) =>
    Promise.all(
      ids.map(
        async (id) =>
          (await room.admin.get(`${SERVERS}/${id}`)).server['OS-EXT-SRV-ATTR:host'] as
            | string
            | null,
      ),
    );

  test('documents by their versions', async () => {
    const alice = room.member();
    const old = await make(alice, { policies: ['affinity'] }, '2.1');
    assert.deepEqual(Object.keys(old).toSorted(), [
      'id',
      'members',
      'metadata',
      'name',
      'policies',
    ]);
    const path = `${V}/os-server-groups/${old['id']}`;
    const newer = (await alice.get(path, '2.64')).server_group;
    assert.deepEqual(
      [newer.policy, newer.rules, newer.project_id],
      ['affinity', {}, alice.caller.projectId],
    );
    assert.equal('project_id' in (await alice.get(path, '2.12')).server_group, false);
    const refused = async (group: Document, version: string) =>
      (
        await alice.ask(
          'POST',
          `${V}/os-server-groups`,
          { server_group: { name: 'g', ...group } },
          version,
        )
      ).status;
    for (const [group, version] of [
      [{ policies: ['soft-affinity'] }, '2.14'],
      [{ policy: 'affinity' }, '2.63'],
      [{ policies: ['affinity'] }, '2.64'],
      [{ policies: ['affinity', 'anti-affinity'] }, '2.15'],
      [{ policies: ['legacy'] }, '2.15'],
      [{ policy: 'affinity', rules: { max_server_per_host: 2 } }, '2.64'],
      [{ policy: 'anti-affinity', rules: { max_server_per_host: 0 } }, '2.64'],
      [{}, '2.64'],
      [{}, '2.1'],
    ] as const)
      assert.equal(await refused(group, version), 400, `${JSON.stringify(group)} ${version}`);
    const other = room.member();
    assert.equal((await other.ask('GET', path)).status, 404);
    assert.equal((await other.ask('DELETE', path)).status, 404);
    assert.deepEqual((await other.get(`${V}/os-server-groups?all_projects=1`)).server_groups, []);
    const all = await room.admin.get(`${V}/os-server-groups?all_projects=1`);
    assert.ok(all['server_groups'].some(({ id }: Document) => id === old['id']));
    assert.equal(
      (await alice.ask('GET', `${V}/os-server-groups?x=1`, undefined, '2.75')).status,
      400,
    );
    assert.equal((await alice.ask('DELETE', path)).status, 204);
    assert.equal((await alice.ask('DELETE', path)).status, 404);
  });

  test('policies hold for servers of one request and of several at once', async () => {
    const alice = room.member();
    const apart = await make(alice, { policy: 'anti-affinity' });
    const two = await serversIn(alice, apart['id'], 2);
    assert.deepEqual((await hostsOf(two)).toSorted(), ['h1', 'h2']);
    const [third] = await serversIn(alice, apart['id']);
    const failed = await room.becomes(alice, third!, 'ERROR');
    assert.match(failed['fault'].message, /2 have as many of the server group's members/);
    const { server } = await room.admin.get(`${SERVERS}/${two[0]}`, '2.71');
    assert.deepEqual(server.server_groups, [apart['id']]);
    const members = (await alice.get(`${V}/os-server-groups/${apart['id']}`)).server_group.members;
    assert.deepEqual(members.toSorted(), [...two, third].toSorted());
    const pairs = await make(alice, { policy: 'anti-affinity', rules: { max_server_per_host: 2 } });
    const raced = (
      await Promise.all(Array.from({ length: 4 }, () => serversIn(alice, pairs['id'])))
    ).flat();
    assert.deepEqual((await hostsOf(raced)).toSorted(), ['h1', 'h1', 'h2', 'h2']);
    for (const id of [...two, third!, ...raced]) await alice.ask('DELETE', `${SERVERS}/${id}`);
    const together = await make(alice, { policy: 'affinity' });
    const hosts = await hostsOf([
      ...(await serversIn(alice, together['id'], 2)),
      ...(await serversIn(alice, together['id'])),
    ]);
    assert.equal(new Set(hosts).size, 1);
    const soft = await make(alice, { policy: 'soft-affinity' });
    const first = await hostsOf(await serversIn(alice, soft['id']));
    const second = await hostsOf(await serversIn(alice, soft['id']));
    assert.deepEqual(second, first);
  });

  test('quotas of groups and of their members', async () => {
    const alice = room.member();
    const quota = (limits: Document) =>
      room.admin.ask('PUT', `${V}/os-quota-sets/${alice.caller.projectId}`, { quota_set: limits });
    await quota({ server_groups: 1, server_group_members: 1 });
    const group = await make(alice, { policy: 'soft-anti-affinity' });
    const over = await alice.ask(
      'POST',
      `${V}/os-server-groups`,
      { server_group: { name: 'h', policy: 'affinity' } },
      '2.64',
    );
    assert.equal(over.status, 403);
    const { limits } = await alice.get(`${V}/limits`);
    assert.equal(limits.absolute.totalServerGroupsUsed, 1);
    await serversIn(alice, group['id']);
    const ask = async (hints: Document) =>
      alice.ask(
        'POST',
        SERVERS,
        {
          server: {
            name: 's',
            imageRef: room.image(),
            flavorRef: await room.flavor(),
            networks: 'none',
          },
          'OS-SCH-HNT:scheduler_hints': hints,
        },
        '2.37',
      );
    const full = await ask({ group: group['id'] });
    assert.equal(full.status, 403);
    assert.match(full.body['forbidden'].message, /too many servers in group/);
    assert.equal((await ask({ group: newUuid() })).status, 400);
    assert.equal((await ask({ group: 'name' })).status, 400);
    assert.equal((await ask({ same_host: ['x'] })).status, 400);
    assert.equal((await ask({ same_host: newUuid() })).status, 202);
  });
});
