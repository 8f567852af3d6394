import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NETWORK, SUBNET, PORT, GROUP, subnet, port, rowsOfPort } from '../northbound/examples.ts';

test("a server's port: addresses, filter, groups, DHCP, and who it is", () => {
  assert.deepEqual(rowsOfPort(port), [
    {
      table: 'Logical_Switch_Port',
      key: PORT,
      columns: {
        name: PORT,
        type: '',
        enabled: [true],
        addresses: ['fa:16:3e:00:00:01 10.0.0.5'],
        port_security: ['fa:16:3e:00:00:01 10.0.0.5'],
        options: { 'requested-chassis': 'host-1', mcast_flood_reports: 'true' },
        parent_name: [],
        tag: [],
        dhcpv4_options: [{ ref: { table: 'DHCP_Options', key: SUBNET } }],
        dhcpv6_options: [],
        external_ids: {
          'neutron:port_name': 'web',
          'neutron:device_id': 'server',
          'neutron:project_id': 'p',
          'neutron:cidrs': '10.0.0.5/24',
          'neutron:device_owner': 'compute:nova',
          'neutron:network_name': `neutron-${NETWORK}`,
          'neutron:security_group_ids': GROUP,
          'neutron:revision_number': '2',
          'neutron:port_capabilities': '',
          'neutron:vnic_type': 'normal',
          'neutron:port_fip': '172.24.4.9',
          'neutron:host_id': 'host-1',
        },
      },
      parents: [
        { table: 'Logical_Switch', key: `neutron-${NETWORK}`, column: 'ports' },
        { table: 'Port_Group', key: 'neutron_pg_drop', column: 'ports' },
        { table: 'Port_Group', key: `pg_${GROUP.replaceAll('-', '_')}`, column: 'ports' },
      ],
    },
  ]);
});

test('ports that differ: no filter, allowed pairs, own DHCP options, metadata, floating IP', () => {
  const [open] = rowsOfPort({ ...port, port_security_enabled: false, security_groups: [] });
  assert.deepEqual(open!.columns['addresses'], ['fa:16:3e:00:00:01 10.0.0.5', 'unknown']);
  assert.deepEqual(open!.columns['port_security'], []);
  assert.equal(open!.parents!.length, 1);

  const [paired] = rowsOfPort({
    ...port,
    allowed_address_pairs: [
      { ip_address: '10.0.0.100' },
      { ip_address: '10.0.7.0/24', mac_address: 'fa:16:3e:00:00:02' },
    ],
  });
  assert.deepEqual(paired!.columns['port_security'], [
    'fa:16:3e:00:00:01 10.0.0.5 10.0.0.100',
    'fa:16:3e:00:00:02 10.0.7.0/24',
  ]);

  const [own, options] = rowsOfPort({
    ...port,
    extra_dhcp_opts: [{ opt_name: 'bootfile-name', opt_value: 'pxe.0', ip_version: 4 }],
    subnets: [subnet],
  });
  assert.deepEqual(own!.columns['dhcpv4_options'], [
    { ref: { table: 'DHCP_Options', key: `${SUBNET} ${PORT}` } },
  ]);
  assert.equal((options!.columns['options'] as Record<string, string>)['bootfile_name'], '"pxe.0"');
  assert.equal((options!.columns['options'] as Record<string, string>)['router'], '10.0.0.1');

  const [metadata] = rowsOfPort({
    ...port,
    device_owner: 'network:distributed',
    port_security_enabled: false,
    security_groups: [],
    binding_host_id: '',
  });
  assert.equal(metadata!.columns['type'], 'localport');
  assert.deepEqual(metadata!.columns['addresses'], ['fa:16:3e:00:00:01 10.0.0.5']);
  assert.deepEqual(metadata!.columns['dhcpv4_options'], []);
  assert.deepEqual(rowsOfPort({ ...port, device_owner: 'network:floatingip' }), []);
});
