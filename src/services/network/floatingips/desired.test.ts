import assert from 'node:assert/strict';
import { test } from 'node:test';
import { desiredFloatingIp } from './desired.ts';
import { NETWORK, PORT, ROUTER, FLOATING, floating } from '../northbound/examples.ts';

test('a floating IP is a translation while it leads somewhere', () => {
  const [row] = desiredFloatingIp(floating);
  assert.deepEqual(row!.columns['external_mac'], []);
  const [near] = desiredFloatingIp({ ...floating, distributed: true });
  assert.deepEqual(near!.columns['external_mac'], ['fa:16:3e:00:00:09']);
  const [waiting] = desiredFloatingIp({
    ...floating,
    distributed: true,
    fixed_port_status: 'DOWN',
  });
  assert.deepEqual(
    waiting!.columns['external_mac'],
    [],
    'nobody answers before the server is there',
  );
  assert.deepEqual(row!.columns['external_ids'], {
    'neutron:fip_id': FLOATING,
    'neutron:revision_number': '1',
    'neutron:fip_port_id': PORT,
    'neutron:fip_external_mac': 'fa:16:3e:00:00:09',
    'neutron:fip_network_id': NETWORK,
    'neutron:router_name': `neutron-${ROUTER}`,
  });
  assert.deepEqual(desiredFloatingIp({ ...floating, fixed_port_id: null }), []);
});
