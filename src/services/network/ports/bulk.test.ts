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

const addressesOf = (ports: readonly Document[]): string[] =>
  ports.flatMap((port) =>
    (port['fixed_ips'] as Document[]).map((ip) => ip['ip_address'] as string),
  );

async function unlimited() {
  const caller = room.member();
  await room.call('update_quota', {
    params: { project_id: caller.projectId! },
    body: { quota: { port: -1 } },
  });
  const bulk = (ports: Document[]): Promise<Document[]> =>
    room.call('create_port', { caller, body: { ports } }).then((body) => body['ports']);
  return { caller, bulk };
}

test('ports in bulk: each as it was asked for, in the order asked', async () => {
  const { caller, bulk } = await unlimited();
  const { network, subnet } = await room.net(caller, '10.50.0.0/24', { enable_dhcp: false });
  const { network: other } = await room.net(caller, '10.51.0.0/24', { enable_dhcp: false });
  const group = await room.create(caller, 'security_group', { name: 'g' });
  const ports = await bulk([
    { network_id: network['id'], name: 'any' },
    // The search would have come to this one first.
    { network_id: network['id'], name: 'first', fixed_ips: [{ ip_address: '10.50.0.2' }] },
    {
      network_id: other['id'],
      name: 'other',
      security_groups: [group['id']],
      tags: ['b', 'a', 'b'],
    },
    { network_id: network['id'], name: 'open', port_security_enabled: false },
    {
      network_id: network['id'],
      name: 'two',
      mac_address: 'fa:16:3e:50:00:01',
      fixed_ips: [{ subnet_id: subnet['id'] }, { ip_address: '10.50.0.9' }],
      extra_dhcp_opts: [{ opt_name: 'mtu', opt_value: '1400' }],
      allowed_address_pairs: [{ ip_address: '10.50.0.99' }],
    },
  ]);
  assert.deepEqual(
    ports.map((port) => port['name']),
    ['any', 'first', 'other', 'open', 'two'],
  );
  const [any, first, elsewhere, open, two] = ports as [
    Document,
    Document,
    Document,
    Document,
    Document,
  ];
  assert.deepEqual(addressesOf([first, elsewhere]), ['10.50.0.2', '10.51.0.2']);
  assert.equal(new Set(addressesOf(ports)).size, 6);
  assert.equal(any['security_groups'].length, 1);
  assert.deepEqual(elsewhere['security_groups'], [group['id']]);
  assert.deepEqual(
    ports.map((port) => port['tags']),
    [[], [], ['b', 'a'], [], []],
  );
  assert.deepEqual(
    (await room.list(caller, 'ports', { tags: ['a,b'] })).map(({ name }) => name),
    ['other'],
  );
  assert.deepEqual(open['security_groups'], []);
  assert.equal(two['fixed_ips'][1]['ip_address'], '10.50.0.9');
  assert.equal(two['mac_address'], 'fa:16:3e:50:00:01');
  assert.deepEqual(two['allowed_address_pairs'], [
    { ip_address: '10.50.0.99', mac_address: 'fa:16:3e:50:00:01' },
  ]);
  assert.equal(two['extra_dhcp_opts'][0]['opt_value'], '1400');
  for (const port of ports) assert.deepEqual(await room.show(caller, 'port', port['id']), port);
  assert.deepEqual(await room.service.projector.compare(), []);
});

test('ports in bulk fill the first subnet, then the next, around what is taken, and fail whole', async () => {
  const { caller, bulk } = await unlimited();
  const { network } = await room.net(caller, '10.52.0.0/26', { enable_dhcp: false });
  await room.create(caller, 'subnet', {
    network_id: network['id'],
    ip_version: 4,
    cidr: '10.53.0.0/26',
    enable_dhcp: false,
  });
  const many = (count: number) =>
    Array.from({ length: count }, () => ({ network_id: network['id'] }));
  const holes = await bulk(many(20));
  for (const port of holes.filter((_, index) => index % 3 === 0)) {
    await room.remove(caller, 'port', port['id']);
  }
  // 61 addresses each; 13 are taken.
  const ports = await bulk(many(100));
  const addresses = addressesOf(ports);
  assert.equal(new Set(addresses).size, 100);
  assert.equal(addresses.filter((address) => address.startsWith('10.52.')).length, 48);
  await refuses('IpAddressGenerationFailure', /No more IP addresses/, bulk(many(10)));
  assert.equal((await room.list(caller, 'ports')).length, 113);
  assert.equal((await bulk(many(9))).length, 9);
  assert.deepEqual(await room.service.projector.compare(), []);
});

test('what is wrong with one of many is named, and none is made', async () => {
  const { caller, bulk } = await unlimited();
  const { network } = await room.net(caller, '10.54.0.0/24', { enable_dhcp: false });
  const good = { network_id: network['id'] };
  const mac = { ...good, mac_address: 'fa:16:3e:54:00:01' };
  const ip = { ...good, fixed_ips: [{ ip_address: '10.54.0.7' }] };
  const group = '11111111-2222-4333-8444-555555555555';
  await refuses('MacAddressInUse', /fa:16:3e:54:00:01/, bulk([mac, good, mac]));
  await refuses('IpAddressInUse', /10\.54\.0\.7/, bulk([ip, good, ip]));
  await refuses(
    'SecurityGroupNotFound',
    new RegExp(group),
    bulk([good, { ...good, security_groups: [group] }]),
  );
  await refuses('HTTPBadRequest', /'a,b' must have/, bulk([good, { ...good, tags: ['a,b'] }]));
  await refuses('NetworkNotFound', new RegExp(group), bulk([good, { network_id: group }]));
  assert.deepEqual(await room.list(caller, 'ports'), []);
});

test('64 bulk requests at once on one subnet: no address twice, and it is full in the end', async () => {
  const { caller } = await unlimited();
  const { network } = await room.net(caller, '10.55.0.0/24', { enable_dhcp: false });
  const ports = Array.from({ length: 4 }, () => ({ network_id: network['id'] }));
  const results = await Promise.allSettled(
    Array.from({ length: 64 }, () => room.call('create_port', { caller, body: { ports } })),
  );
  const refusals = results.flatMap((result) =>
    result.status === 'rejected' ? [(result.reason as { type: string }).type] : [],
  );
  assert.deepEqual(refusals, ['IpAddressGenerationFailure']);
  const made = await room.list(caller, 'ports');
  assert.equal(made.length, 252);
  assert.equal(new Set(addressesOf(made)).size, 252);
});
