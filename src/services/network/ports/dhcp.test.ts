import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PORT, SUBNET, port, rowsOfPort, subnet } from '../northbound/examples.ts';
import { refuses } from '../testing.ts';
import { checkDhcpOption, mergedOptions } from './dhcp.ts';

const option = (opt_name: string, opt_value: string, ip_version = 4) => ({
  opt_name,
  opt_value,
  ip_version,
});

test("a port's options beside its subnet's, by OVN's names", () => {
  const merged = mergedOptions({ router: '10.0.0.1', classless_static_route: '{a,b}' }, [
    option('bootfile-name', 'pxe.0'),
    option('15', '"own.example"'),
    option('classless-static-route', '10.5.0.0/16,10.0.0.2'),
    option('server-ip-address', '10.0.0.3'),
    option('router', ''),
    option('vendor-something', 'kept, not sent'),
  ]);
  assert.deepEqual(merged, {
    bootfile_name: '"pxe.0"',
    domain_name: '"own.example"',
    classless_static_route: '{a,b, 10.5.0.0/16,10.0.0.2}',
    next_server: '10.0.0.3',
  });
  // Options of the other version, and those that OVN does not know, need no row.
  const rows = (extra_dhcp_opts: ReturnType<typeof option>[]) =>
    rowsOfPort({ ...port, subnets: [subnet], extra_dhcp_opts });
  assert.equal(rows([option('bootfile-name', 'x', 6), option('nonsense', 'y')]).length, 1);
  assert.deepEqual(rows([option('nonsense', 'y')])[0]!.columns['dhcpv4_options'], [
    { ref: { table: 'DHCP_Options', key: SUBNET } },
  ]);
  assert.equal(rows([option('mtu', '1300')])[1]!.key, `${SUBNET} ${PORT}`);
  assert.deepEqual(rows([option('dhcp_disabled', 'true')])[0]!.columns['dhcpv4_options'], []);
});

test('values that would end the value in a logical flow are refused', async () => {
  const check = async (name: string, value: string | null, version?: number) =>
    checkDhcpOption({
      opt_name: name,
      opt_value: value,
      ...(version === undefined ? {} : { ip_version: version }),
    });
  await check('mtu', '1400');
  await check('mtu', null);
  await check('bootfile-name', 'http://10.0.0.1/boot?x=1');
  await check('classless-static-route', '{10.0.0.0/8,10.0.0.1}');
  await check('router', '');
  const type = 'HTTPBadRequest';
  await refuses(type, /may not have/, check('mtu', '1400); output; ('));
  await refuses(type, /may not have/, check('domain-name', 'a", router = 6.6.6.6, x="'));
  await refuses(type, /Blank/, check('mtu', ' '));
  await refuses(type, /Blank/, check(' ', 'x'));
  await refuses(type, /not 4 or 6/, check('mtu', '1', 5));
});
