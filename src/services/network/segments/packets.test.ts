import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { labMissing, startLab, type Lab } from '../northbound/testing-lab.ts';
import {
  eventually,
  refuses,
  startTestNetworkService,
  type Document,
  type TestNetworkService,
} from '../testing.ts';

/** VLAN interfaces on kernels that have none. */
const VLAN_INTERFACE = path.join(import.meta.dirname, '../northbound/testing-vlan-interface.py');

const skip = labMissing() ?? false;

let room: TestNetworkService;
let lab: Lab;
before(async () => {
  if (skip) return;
  room = await startTestNetworkService();
  lab = await startLab(room.ovsdb.remote, 'test-host');
});
after(async () => {
  await lab?.stop();
  await room?.stop();
});

async function machine(network: Document) {
  const { admin } = room;
  const port = await room.create(admin, 'port', {
    network_id: network['id'],
    port_security_enabled: false,
    'binding:host_id': 'test-host',
  });
  const [description] = await room.service.describePorts(room.database, [port['id']]);
  return {
    ip: port['fixed_ips'][0].ip_address as string,
    mac: port['mac_address'] as string,
    namespace: await lab.plug(description!),
  };
}

/** A machine of the outside world: an access port of the bridge that hosts have for the physical network. */
async function outsider(name: string, vlan: number, address: string): Promise<void> {
  const add = ['--timeout=20', 'add-port', 'br-ex', name, `tag=${vlan}`];
  const set = ['--', 'set', 'interface', name, 'type=internal'];
  const made = await lab.ask(lab.outside, 'ovs-vsctl', ...add, ...set);
  assert.notEqual(made, undefined);
  for (const words of [
    ['link', 'set', name, 'up'],
    ['address', 'add', address, 'dev', name],
  ]) {
    assert.notEqual(await lab.ask(lab.outside, 'ip', ...words), undefined);
  }
}

test('a VLAN network is one with the VLAN outside, and with no other', { skip }, async () => {
  const { admin } = room;
  const network = await room.create(admin, 'network', {
    name: 'v',
    'provider:network_type': 'vlan',
    'provider:physical_network': 'public',
    'provider:segmentation_id': 42,
  });
  await room.create(admin, 'subnet', {
    network_id: network['id'],
    ip_version: 4,
    cidr: '10.42.0.0/24',
    gateway_ip: null,
    allocation_pools: [{ start: '10.42.0.10', end: '10.42.0.20' }],
  });
  const [one, two] = [await machine(network), await machine(network)];
  assert.ok(await eventually(() => lab.pings(one.namespace, two.ip)), 'each other');
  await outsider('vlan42', 42, '10.42.0.1/24');
  assert.ok(await eventually(() => lab.pings(one.namespace, '10.42.0.1')), 'tagged, to the VLAN');

  // The same machine in another VLAN is not there; when the network moves to that VLAN, it is.
  await lab.ask(lab.outside, 'ovs-vsctl', '--timeout=20', 'set', 'port', 'vlan42', 'tag=43');
  assert.ok(
    await eventually(async () => !(await lab.pings(one.namespace, '10.42.0.1'))),
    'another VLAN',
  );
  await room.update(admin, 'network', network['id'], { 'provider:segmentation_id': 43 });
  assert.ok(await eventually(() => lab.pings(one.namespace, '10.42.0.1')), 'the network moved');
  assert.ok(await lab.pings(one.namespace, two.ip));
});

test('frames keep a VLAN tag of their own where the network lets them', { skip }, async () => {
  const { admin } = room;
  /** Two machines of such a network with a VLAN between them; gives a ping through it, and one beside it. */
  const pair = async (transparent: boolean) => {
    const network = await room.create(admin, 'network', { vlan_transparent: transparent });
    assert.equal(network['vlan_transparent'], transparent);
    await room.create(admin, 'subnet', {
      network_id: network['id'],
      ip_version: 4,
      cidr: '10.43.0.0/24',
    });
    const [one, two] = [await machine(network), await machine(network)];
    for (const [index, { namespace, mac }] of [one, two].entries()) {
      lab.start(namespace, 'python3', VLAN_INTERFACE, 'eth0', 'tagged', '7', mac);
      const words = ['address', 'replace', `192.168.77.${index + 1}/24`, 'dev', 'tagged'];
      const add = async () => (await lab.ask(namespace, 'ip', ...words)) !== undefined;
      assert.ok(await eventually(add));
    }
    return {
      plain: () => lab.pings(one.namespace, two.ip),
      tagged: () => lab.pings(one.namespace, '192.168.77.2'),
    };
  };
  const open = await pair(true);
  assert.ok(await eventually(open.plain));
  assert.ok(await eventually(open.tagged), 'with the tag');
  const closed = await pair(false);
  assert.ok(await eventually(closed.plain));
  assert.equal(await closed.tagged(), false, 'without being asked for');
  await refuses(
    'VlanTransparencyDriverError',
    /flat/,
    room.create(admin, 'network', {
      vlan_transparent: true,
      'provider:network_type': 'flat',
      'provider:physical_network': 'other',
    }),
  );
});
