import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { insert, named, update } from '../../../ovn/index.ts';
import type { TestHost } from '../hosts/testing.ts';
import {
  bringUp,
  eventually,
  startTestCompute,
  type Document,
  type TestCompute,
} from '../testing.ts';

const EGRESS = 'NET_BW_EGR_KILOBIT_PER_SEC';
const SERVERS = '/compute/v2.1/servers';
const NOVA = '2.72';

describe('a server whose port was promised a bandwidth moves', () => {
  let room: TestCompute;
  let hosts: TestHost[];
  let network: string;
  const make = async (path: string, body: Document): Promise<Document> =>
    Object.values(await room.admin.post(`/network/v2.0/${path}`, body))[0] as Document;
  const chassis = (name: string) =>
    room.southbound!.transact([
      insert('Encap', { type: 'geneve', ip: name, chassis_name: name }, `e_${name}`),
      insert('Chassis', {
        name,
        hostname: name,
        encaps: [named(`e_${name}`)],
        other_config: {
          'ovn-bridge-mappings': 'public:br-ex',
          'ovn-cms-options': 'resource_provider_bandwidths=br-ex:1000:1000',
        },
      }),
      insert('Chassis_Private', { name, nb_cfg_timestamp: Date.now() }),
    ]);
  /** Id of a host's bridge. */
  const bridgeOf = async (host: string): Promise<string | undefined> => {
    const { resource_providers: all } = await room.admin.get(
      '/placement/resource_providers',
      '1.36',
    );
    return all.find((one: Document) => one['name'] === `${host}:OVN Controller agent:br-ex`)?.uuid;
  };
  const used = async (host: string): Promise<number> =>
    (await room.admin.get(`/placement/resource_providers/${await bridgeOf(host)}/usages`)).usages[
      EGRESS
    ];
  const act = async (id: string, body: Document) => {
    const reply = await room.admin.ask('POST', `${SERVERS}/${id}/action`, body, NOVA);
    assert.ok(reply.status < 300, JSON.stringify(reply.body));
  };
  /** Host and provider of the port. */
  const served = async (portId: string): Promise<[string, unknown]> => {
    const { port } = await room.admin.get(`/network/v2.0/ports/${portId}`);
    return [port['binding:host_id'], Object.values(port['binding:profile'].allocation)[0]];
  };
  const bring = async (id: string) => {
    const task = await eventually(
      'the task',
      () => hosts[0]!.client.mirror.table('Task').find('server_id', id)[0],
    );
    room.image({ ...room.imageOf(task.id)!, status: 'active' });
    await hosts[0]!.client.transact([
      update('Task', [['id', '==', task.id]], { status: ['done'], message: [''] }),
    ]);
  };

  before(async () => {
    room = await startTestCompute({ withSouthbound: true });
    await chassis('h1');
    await chassis('h2');
    hosts = [await room.host('h1', { driver: 'qemu' }), await room.host('h2', { driver: 'qemu' })];
    for (const { name } of hosts)
      await eventually(`the bridge of ${name}`, async () => (await bridgeOf(name)) !== undefined);
    const outside = await make('networks', {
      network: {
        name: 'outside',
        'provider:network_type': 'flat',
        'provider:physical_network': 'public',
      },
    });
    network = outside['id'];
    await make('subnets', { subnet: { network_id: network, ip_version: 4, cidr: '10.9.0.0/24' } });
  });
  after(() => room.stop());

  const start = async (kilobits: number, values: Document = {}) => {
    const { id: qos_policy_id } = await make('qos/policies', { policy: { name: 'p' } });
    await make(`qos/policies/${qos_policy_id}/minimum_bandwidth_rules`, {
      minimum_bandwidth_rule: { direction: 'egress', min_kbps: kilobits },
    });
    const port = await make('ports', { port: { network_id: network, qos_policy_id } });
    const id = await room.server(
      room.admin,
      {
        imageRef: room.image({ containerFormat: 'bare', diskFormat: 'qcow2' }),
        networks: [{ port: port['id'] }],
        ...values,
      },
      NOVA,
    );
    await bringUp(room, port['id']);
    const shown = await room.becomes(room.admin, id, 'ACTIVE');
    const from = shown['OS-EXT-SRV-ATTR:host'] as string;
    return { id, portId: port['id'] as string, from, to: from === 'h1' ? 'h2' : 'h1' };
  };
  const end = async (id: string) => {
    await room.admin.ask('DELETE', `${SERVERS}/${id}`);
    await room.gone(room.admin, id);
    assert.deepEqual([await used('h1'), await used('h2')], [0, 0]);
  };

  test('to another host, and back: its port is served where it is', async () => {
    const { id, portId, from, to } = await start(600);
    assert.deepEqual(await served(portId), [from, await bridgeOf(from)]);
    await act(id, { migrate: null });
    await bring(id);
    await room.becomes(room.admin, id, 'VERIFY_RESIZE');
    assert.deepEqual(await served(portId), [to, await bridgeOf(to)]);
    assert.deepEqual([await used(from), await used(to)], [600, 600], 'it can go back');
    await act(id, { revertResize: null });
    await bringUp(room, portId);
    await room.becomes(room.admin, id, 'ACTIVE');
    assert.deepEqual(await served(portId), [from, await bridgeOf(from)]);
    assert.deepEqual([await used(from), await used(to)], [600, 0]);

    await act(id, { migrate: null });
    await bring(id);
    await room.becomes(room.admin, id, 'VERIFY_RESIZE');
    await act(id, { confirmResize: null });
    assert.deepEqual([await used(from), await used(to)], [0, 600]);
    assert.deepEqual(await served(portId), [to, await bridgeOf(to)]);
    await end(id);
  });

  test('to another flavor on its host takes it twice until that is decided', async () => {
    const { id, portId, from } = await start(300);
    await act(id, { resize: { flavorRef: await room.flavor() } });
    await room.becomes(room.admin, id, 'VERIFY_RESIZE');
    assert.equal(await used(from), 600);
    await act(id, { revertResize: null });
    await room.becomes(room.admin, id, 'ACTIVE');
    assert.equal(await used(from), 300);
    assert.deepEqual(await served(portId), [from, await bridgeOf(from)]);
    await end(id);
  });

  test('to another host when its own has not the bandwidth for both', async () => {
    const { id, portId, from, to } = await start(700);
    await act(id, { resize: { flavorRef: await room.flavor() } });
    await bring(id);
    await room.becomes(room.admin, id, 'VERIFY_RESIZE');
    assert.deepEqual(await served(portId), [to, await bridgeOf(to)]);
    await act(id, { confirmResize: null });
    assert.deepEqual([await used(from), await used(to)], [0, 700]);
    await end(id);
  });
});
