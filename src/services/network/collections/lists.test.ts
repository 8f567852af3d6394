import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  refuses,
  type Document,
  startTestNetworkService,
  type TestNetworkService,
} from '../testing.ts';

let room: TestNetworkService;
before(async () => {
  room = await startTestNetworkService();
});
after(() => room.stop());

test('lists: filters, fields, order, pages', async () => {
  const caller = room.member();
  const { network } = await room.net(caller, '10.40.0.0/24', { enable_dhcp: false });
  const made = (
    await room.call('create_port', {
      caller,
      body: {
        ports: ['c', 'a', 'b', 'd', ''].map((name) => ({
          name,
          network_id: network['id'],
          admin_state_up: name !== 'd',
        })),
      },
    })
  )['ports'] as Document[];
  assert.equal(made.length, 5);
  const names = async (query: Record<string, string[]>) =>
    (await room.list(caller, 'ports', query)).map((port) => port['name']);
  assert.deepEqual(await names({ sort_key: ['name'] }), ['', 'a', 'b', 'c', 'd']);
  assert.deepEqual(
    await names({ sort_key: ['admin_state_up', 'name'], sort_dir: ['asc', 'desc'] }),
    ['d', 'c', 'b', 'a', ''],
  );
  assert.deepEqual(await names({ name: ['a', 'b'], sort_key: ['name'] }), ['a', 'b']);
  assert.deepEqual(await names({ name: [''] }), ['']);
  assert.deepEqual(await names({ admin_state_up: ['False'] }), ['d']);
  assert.deepEqual(await names({ id: ['no-uuid'] }), []);
  for (const time of [
    '1',
    '2020',
    'Jan 1',
    '0000-01-01',
    '+275760-09-13T00:00:00Z',
    '9999-12-31T23:59:59-10:00',
  ])
    assert.deepEqual(await names({ created_at: [time] }), [], time);
  assert.ok((await names({ created_at: [made[0]!['created_at'].replace('Z', '')] })).length > 0);
  assert.equal(
    (await room.list(caller, 'subnets', { cidr: ['10.40.0.1/24', '::1/64'] })).length,
    1,
  );
  assert.deepEqual(
    await names({ fixed_ips: [`ip_address=${made[1]!['fixed_ips'][0].ip_address}`] }),
    ['a'],
  );
  assert.deepEqual(
    await names({
      network_id: [network['id']],
      security_groups: [made[0]!['security_groups'][0]],
      name: ['c'],
    }),
    ['c'],
  );
  assert.deepEqual(await room.list(caller, 'ports', { name: ['a'], fields: ['name', 'id'] }), [
    { id: made[1]!['id'], name: 'a' },
  ]);
  await refuses(
    'HTTPBadRequest',
    /'colour' is invalid attribute for filtering/,
    room.list(caller, 'ports', { colour: ['red'] }),
  );
  await refuses(
    'HTTPBadRequest',
    /sort_key/,
    room.list(caller, 'ports', { sort_key: ['fixed_ips'] }),
  );
  await refuses('HTTPBadRequest', /limit/, room.list(caller, 'ports', { limit: ['many'] }));

  // Forwards to the end by the links, and back.
  const page = (query: Record<string, string[]>) => room.call('get_ports', { caller, query });
  const follow = (body: Document, rel: string): Record<string, string[]> | undefined => {
    const link = (body['ports_links'] as { rel: string; href: string }[] | undefined)?.find(
      (each) => each.rel === rel,
    );
    if (link === undefined) return undefined;
    const query: Record<string, string[]> = {};
    for (const [name, value] of new URL(link.href).searchParams) (query[name] ??= []).push(value);
    return query;
  };
  const orders: Record<string, string[]>[] = [
    {},
    { sort_key: ['name'], sort_dir: ['desc'] },
    { sort_key: ['admin_state_up'] },
  ];
  for (const keys of orders) {
    const all = (await page(keys))['ports'].map((port: Document) => port['id']) as string[];
    const forwards: string[] = [];
    let last: Document = {};
    for (let query: Record<string, string[]> | undefined = { ...keys, limit: ['2'] }; query;) {
      last = await page(query);
      forwards.push(...last['ports'].map((port: Document) => port['id']));
      query = follow(last, 'next');
    }
    assert.deepEqual(forwards, all);
    const backwards: string[] = last['ports'].map((port: Document) => port['id']);
    for (let query = follow(last, 'previous'); query;) {
      const body = await page(query);
      backwards.unshift(...body['ports'].map((port: Document) => port['id']));
      query = follow(body, 'previous');
    }
    assert.deepEqual(backwards, all);
  }
});

test('tags', async () => {
  const caller = room.member();
  const network = await room.create(caller, 'network', {});
  const params = { network_id: network['id'] as string };
  const tags = async () => (await room.show(caller, 'network', network['id']))['tags'] as string[];
  await room.call('update_networks_tags', { caller, params, body: { tags: ['red', 'blue'] } });
  await room.call('update_networks_tag', { caller, params: { ...params, tag: 'green' } });
  await room.call('delete_networks_tag', { caller, params: { ...params, tag: 'red' } });
  assert.deepEqual(await tags(), ['blue', 'green']);
  await refuses(
    'TagNotFound',
    /red/,
    room.call('get_networks_tag', { caller, params: { ...params, tag: 'red' } }),
  );
  assert.equal((await room.list(caller, 'networks', { tags: ['blue,green'] })).length, 1);
  assert.equal((await room.list(caller, 'networks', { tags: ['blue,red'] })).length, 0);
  assert.equal((await room.list(caller, 'networks', { 'tags-any': ['blue,red'] })).length, 1);
  assert.equal((await room.list(caller, 'networks', { 'not-tags': ['blue,red'] })).length, 1);
  assert.equal((await room.list(caller, 'networks', { 'not-tags-any': ['blue'] })).length, 0);
  await refuses(
    'InvalidInput',
    /without comma/,
    room.call('update_networks_tags', { caller, params, body: { tags: ['a,b'] } }),
  );
});
