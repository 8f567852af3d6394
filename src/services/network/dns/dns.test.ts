import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { networkOptions } from '../options.ts';
import {
  eventually,
  refuses,
  startTestNetworkService,
  type TestNetworkService,
} from '../testing.ts';
import { dnsRecords, reverseName } from './desired.ts';

let room: TestNetworkService;
before(async () => {
  room = await startTestNetworkService({
    options: networkOptions({ dns_domain: 'cloud.example.' }),
  });
});
after(() => room?.stop());

test('names and the way back, as ML2/OVN writes them', () => {
  assert.equal(reverseName('10.0.0.5'), '5.0.0.10.in-addr.arpa');
  assert.equal(
    reverseName('fd00::1'),
    '1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa',
  );
  const ports = [
    { id: 'first', dns_name: 'web', dns_domain: '', addresses: ['10.0.0.5', 'fd00::1'] },
    { id: 'second', dns_name: 'web', dns_domain: 'own.example.', addresses: ['10.0.0.6'] },
    { id: 'third', dns_name: 'web.cloud.example.', dns_domain: '', addresses: ['10.0.0.7'] },
  ];
  const recordsOf = (id: string) =>
    dnsRecords({ id, network_id: 'n', network_domain: 'net.example.', ports }, 'cloud.example');
  const all = '10.0.0.5 fd00::1 10.0.0.6 10.0.0.7';
  assert.deepEqual(recordsOf('first'), {
    web: '10.0.0.5 fd00::1 10.0.0.6',
    'web.cloud.example': all,
    'web.net.example': all,
    '5.0.0.10.in-addr.arpa': 'web.cloud.example',
    [reverseName('fd00::1')]: 'web.cloud.example',
  });
  assert.deepEqual(recordsOf('second'), {
    web: '10.0.0.5 fd00::1 10.0.0.6',
    'web.cloud.example': all,
    'web.net.example': all,
    'web.own.example': '10.0.0.6',
    '6.0.0.10.in-addr.arpa': 'web.cloud.example',
  });
  assert.deepEqual(recordsOf('third'), {
    'web.cloud.example': all,
    'web.net.example': all,
    '7.0.0.10.in-addr.arpa': 'web.cloud.example',
  });
});

test('names of ports: in the document, in Northbound while they are used, in DHCP', async () => {
  const caller = room.member();
  const { network, subnet } = await room.net(caller, '10.1.0.0/24');
  const row = () =>
    room.northbound.mirror
      .table('DNS')
      .filter((one) => one.external_ids['ls_name'] === `neutron-${network['id']}`)[0];
  const port = await room.create(caller, 'port', {
    network_id: network['id'],
    dns_name: 'WEB',
    fixed_ips: [{ ip_address: '10.1.0.9' }],
  });
  assert.equal(port['dns_name'], 'web');
  assert.deepEqual(port['dns_assignment'], [
    { ip_address: '10.1.0.9', hostname: 'web', fqdn: 'web.cloud.example.' },
  ]);
  assert.equal(row(), undefined, 'nothing has the port');
  await room.update(caller, 'port', port['id'], { device_id: 'server' });
  assert.deepEqual(row()!.records, {
    web: '10.1.0.9',
    'web.cloud.example': '10.1.0.9',
    '9.0.1.10.in-addr.arpa': 'web.cloud.example',
  });
  const [owner] = room.northbound.mirror
    .table('Logical_Switch')
    .filter(({ name }) => name === `neutron-${network['id']}`);
  assert.deepEqual(owner!.dns_records, [row()!._uuid]);
  await room.update(caller, 'network', network['id'], { dns_domain: 'net.example.' });
  assert.equal(row()!.records['web.net.example'], '10.1.0.9');
  assert.equal((await room.show(caller, 'network', network['id']))['dns_domain'], 'net.example.');
  await room.update(caller, 'port', port['id'], { dns_name: 'db', dns_domain: 'own.example.' });
  assert.deepEqual(Object.keys(row()!.records).toSorted(), [
    '9.0.1.10.in-addr.arpa',
    'db',
    'db.cloud.example',
    'db.net.example',
    'db.own.example',
  ]);
  // Options of the port's own do not hide the domain.
  await room.update(caller, 'port', port['id'], {
    extra_dhcp_opts: [{ opt_name: 'mtu', opt_value: '1300' }],
  });
  const options = room.northbound.mirror
    .table('DHCP_Options')
    .filter((one) => one.external_ids['subnet_id'] === subnet['id']);
  assert.deepEqual(
    options.map((one) => one.options['domain_name']),
    ['"cloud.example"', '"cloud.example"'],
  );
  assert.deepEqual(await room.service.projector.compare(), []);
  await room.remove(caller, 'port', port['id']);
  assert.equal(row(), undefined);

  const plain = await room.create(caller, 'port', { network_id: network['id'] });
  assert.match(plain['dns_assignment'][0].fqdn, /^host-10-1-0-\d+\.cloud\.example\.$/);
});

test('a name that several ports have leads to all of them, and a change is about their rows alone', async () => {
  const caller = room.member();
  const { network } = await room.net(caller, '10.3.0.0/24');
  const make = (dns_name: string, last: number) =>
    room.create(caller, 'port', {
      network_id: network['id'],
      device_id: 'server',
      dns_name,
      fixed_ips: [{ ip_address: `10.3.0.${last}` }],
    });
  const answers = (name: string) =>
    room.northbound.mirror
      .table('DNS')
      .filter((one) => one.external_ids['ls_name'] === `neutron-${network['id']}`)
      .flatMap(({ records }) => records[name] ?? [])
      .map((addresses) => addresses.split(' ').toSorted().join(' '));
  const other = await make('other', 9);
  const written = () =>
    room.northbound.mirror
      .table('DNS')
      .filter((one) => one.external_ids['port_id'] === other['id'])[0];
  const before = written();
  // At once: each transaction must see what the other gives.
  const made = await Promise.all([10, 11, 12, 13].map((last) => make('same', last)));
  const all = '10.3.0.10 10.3.0.11 10.3.0.12 10.3.0.13';
  assert.deepEqual(answers('same'), [all, all, all, all]);
  await room.update(caller, 'port', made[0]!['id'], { dns_name: 'else' });
  await room.remove(caller, 'port', made[1]!['id']);
  await room.update(caller, 'port', made[2]!['id'], { device_id: '' });
  assert.deepEqual(answers('same'), ['10.3.0.13']);
  assert.deepEqual(answers('else'), ['10.3.0.10']);
  assert.equal(written(), before, 'the row of another name was not touched');
  assert.deepEqual(await room.service.projector.compare(), []);
});

test('a row for a whole switch, as older versions wrote it, goes', async () => {
  const caller = room.member();
  const { network } = await room.net(caller, '10.4.0.0/24');
  const ls_name = `neutron-${network['id']}`;
  const [owner] = room.northbound.mirror
    .table('Logical_Switch')
    .filter((one) => one.name === ls_name);
  await room.northbound.transact([
    {
      op: 'insert',
      table: 'DNS',
      row: { records: { web: '10.4.0.9' }, external_ids: { ls_name } },
      uuid: '11111111-2222-4333-8444-555555555555',
    },
    {
      op: 'mutate',
      table: 'Logical_Switch',
      where: owner!._uuid,
      mutations: [['dns_records', 'insert', ['11111111-2222-4333-8444-555555555555']]],
    },
  ]);
  assert.ok(
    await eventually(
      async () =>
        room.northbound.mirror.table('DNS').filter((one) => one.external_ids['ls_name'] === ls_name)
          .length === 0,
    ),
  );
});

test('names that cannot be', async () => {
  const caller = room.member();
  const { network } = await room.net(caller, '10.2.0.0/24');
  const name = (dns_name: string) =>
    room.create(caller, 'port', { network_id: network['id'], dns_name });
  const type = 'HTTPBadRequest';
  await refuses(type, /start or end with a hyphen/, name('-a'));
  await refuses(type, /empty component/, name('a..b'));
  await refuses(type, /alphanumeric/, name('a_b'));
  await refuses(type, /1-63 characters/, name('a'.repeat(64)));
  await refuses(type, /all numeric/, name('a.1'));
  await refuses(type, /equal to the dns_domain option/, name('a.elsewhere.'));
  await refuses(type, /exceeds the 255/, name(`${`${'a'.repeat(60)}.`.repeat(4)}b`));
  assert.equal((await name('a.cloud.example.'))['dns_assignment'][0].fqdn, 'a.cloud.example.');
  await refuses(
    type,
    /is not a FQDN/,
    room.create(caller, 'network', { dns_domain: 'net.example' }),
  );
  const outside = await room.outside();
  const floating = (values: object) =>
    room.create(caller, 'floatingip', { floating_network_id: outside.network['id'], ...values });
  await refuses('BadRequest', /without a dns_domain/, floating({ dns_name: 'a' }));
  await refuses('BadRequest', /without a dns_name/, floating({ dns_domain: 'b.' }));
  await refuses(type, /relative domain name/, floating({ dns_name: 'a.', dns_domain: 'b.' }));
  const named = await floating({ dns_name: 'a', dns_domain: 'b.example.' });
  assert.deepEqual([named['dns_name'], named['dns_domain']], ['a', 'b.example.']);
});
