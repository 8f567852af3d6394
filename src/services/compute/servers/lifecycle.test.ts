import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import type { TestHost } from '../hosts/testing.ts';
import {
  bringUp,
  eventually,
  startTestCompute,
  type Document,
  type TestClient,
  type TestCompute,
} from '../testing.ts';

const SERVERS = '/compute/v2.1/servers';

describe("a server's life", () => {
  let room: TestCompute;
  let host: TestHost;
  let alice: TestClient;
  before(async () => {
    room = await startTestCompute();
    host = await room.host('h1');
    alice = room.member();
  });
  after(() => room.stop());

  const act = (id: string, body: Document, client = alice) =>
    client.ask('POST', `${SERVERS}/${id}/action`, body);

  test('it is told to its host, becomes ACTIVE and shows what it has', async () => {
    const { network, subnet } = await room.net(alice);
    const keypair = await alice.post('/compute/v2.1/os-keypairs', { keypair: { name: 'k1' } });
    host.hold();
    const reply = await alice.ask('POST', SERVERS, {
      server: {
        name: 'Web One',
        imageRef: room.image({ properties: { os_command_line: 'sleep 5' } }),
        flavorRef: await room.flavor({ name: 'small', ram: 128, vcpus: 2, disk: 3 }),
        networks: [{ uuid: network }],
        key_name: 'k1',
        user_data: Buffer.from('#!/bin/sh\necho hi').toString('base64'),
        metadata: { role: 'web' },
      },
    });
    assert.equal(reply.status, 202);
    const { id } = reply.body['server'];
    assert.equal(reply.headers['location'], `http://localhost:80${SERVERS}/${id}`);
    assert.ok(reply.body['server'].adminPass.length >= 8);
    assert.deepEqual(reply.body['server'].security_groups, [{ name: 'default' }]);

    const building = await room.becomes(alice, id, 'BUILD');
    assert.equal(building['OS-EXT-STS:task_state'], 'spawning');
    const row = await eventually('its row', () => host.row(id));
    assert.equal(row.host, 'h1');
    assert.equal(row.name, 'Web One');
    assert.equal(row.hostname, 'web-one');
    assert.equal(row.power, 'running');
    assert.deepEqual([row.vcpus, row.memory_mb, row.disk_gb], [2, 128, 3]);
    assert.equal(row.image['container_format'], 'docker');
    assert.equal(row.image['size'], '1000');
    assert.deepEqual(JSON.parse(row.command[0]!), ['/bin/sh', '-c', 'sleep 5']);
    assert.deepEqual(row.authorized_keys, [keypair['keypair'].public_key]);
    assert.deepEqual(row.dns, { 0: '9.9.9.9' });
    assert.equal(Buffer.from(row.user_data[0]!, 'base64').toString(), '#!/bin/sh\necho hi');
    assert.equal(row.interfaces.length, 1);
    const nic = host.client.mirror.table('Interface').get(row.interfaces[0]!)!;
    assert.equal(nic.device, 'eth0');
    assert.equal(nic.mtu, 1442);
    assert.equal(nic.routes['0.0.0.0/0'], '10.0.0.1');
    assert.match(nic.addresses['0']!, /^10\.0\.0\.\d+\/24$/);
    const [metadata] = host.client.mirror.table('Metadata_Port').find('network_id', network);
    assert.equal(metadata?.host, 'h1');

    host.release();
    const server = await room.becomes(alice, id, 'ACTIVE');
    assert.equal(server['OS-EXT-STS:power_state'], 1);
    assert.equal(server['OS-EXT-STS:task_state'], null);
    assert.match(server['OS-SRV-USG:launched_at'], /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/);
    const [address] = server['addresses'].net;
    assert.equal(`${address.addr}/24`, nic.addresses['0']);
    assert.equal(address['OS-EXT-IPS-MAC:mac_addr'], nic.mac);
    assert.deepEqual(server['security_groups'], [{ name: 'default' }]);
    const [port] = (await alice.get(`/network/v2.0/ports?device_id=${id}`)).ports;
    assert.equal(port.device_owner, 'compute:nova');
    assert.equal(port.fixed_ips[0].subnet_id, subnet);
    const asAdmin = await room.admin.get(`/network/v2.0/ports/${port.id}`);
    assert.equal(asAdmin['port']['binding:host_id'], 'h1');

    const document = (await room.compute.metadataFor(network, address.addr))!;
    assert.equal(document.server_id, id);
    assert.equal(document.meta_data['hostname'], 'web-one');
    assert.deepEqual(document.meta_data['meta'], { role: 'web' });
    assert.equal(document.ec2['local-ipv4'], address.addr);
    assert.equal(document.ec2['instance-type'], 'small');
    assert.match(String(document.ec2['instance-id']), /^i-[0-9a-f]{8}$/);
    assert.equal(await room.compute.metadataFor(network, '10.0.0.1'), undefined);

    assert.equal((await alice.ask('DELETE', `${SERVERS}/${id}`)).status, 204);
    await room.gone(alice, id);
    assert.deepEqual((await alice.get(`/network/v2.0/ports?device_id=${id}`)).ports, []);
    await eventually('no rows', () => host.row(id) === undefined);
    await eventually(
      'no metadata port',
      () => host.client.mirror.table('Metadata_Port').size === 0,
    );
    assert.equal(host.containers.size, 0);
    const [provider] = (await room.admin.get('/placement/resource_providers')).resource_providers;
    const usage = await room.admin.get(`/placement/resource_providers/${provider.uuid}/usages`);
    assert.deepEqual(usage['usages'], { VCPU: 0, MEMORY_MB: 0, DISK_GB: 0 });
    const actions = await alice.get(`${SERVERS}/${id}/os-instance-actions`, '2.21');
    assert.deepEqual(
      actions['instanceActions'].map(({ action }: Document) => action),
      ['delete', 'create'],
    );
    assert.equal((await alice.ask('GET', `${SERVERS}/${id}/os-instance-actions`)).status, 404);
    await alice.ask('DELETE', `/network/v2.0/networks/${network}`);
  });

  test('stop, start, pause, unpause and reboot are carried out by the host', async () => {
    const id = await room.server(alice);
    await room.becomes(alice, id, 'ACTIVE');
    const generation = () => host.row(id)!.generation;
    const first = generation();
    assert.equal((await act(id, { 'os-stop': null })).status, 202);
    const stopped = await room.becomes(alice, id, 'SHUTOFF');
    assert.equal(stopped['OS-EXT-STS:power_state'], 4);
    assert.equal(generation(), first, 'stopping is no start');
    assert.equal((await act(id, { 'os-start': null })).status, 202);
    await room.becomes(alice, id, 'ACTIVE');
    assert.equal(generation(), first + 1);
    await act(id, { pause: null });
    await room.becomes(alice, id, 'PAUSED');
    assert.equal(host.row(id)!.power, 'paused');
    await act(id, { unpause: null });
    await room.becomes(alice, id, 'ACTIVE');
    host.hold();
    await act(id, { reboot: { type: 'SOFT' } });
    await room.becomes(alice, id, 'REBOOT');
    assert.equal((await act(id, { 'os-stop': null })).status, 409, 'a reboot is under way');
    await act(id, { reboot: { type: 'HARD' } });
    await room.becomes(alice, id, 'HARD_REBOOT');
    await eventually(
      'the order',
      () => host.row(id)!.reboot_kind === 'hard' && generation() === first + 3,
    );
    host.release();
    await room.becomes(alice, id, 'ACTIVE');
    const { instanceActions } = await alice.get(`${SERVERS}/${id}/os-instance-actions`);
    const names = instanceActions.map(({ action }: Document) => action);
    assert.deepEqual(names, ['reboot', 'reboot', 'unpause', 'pause', 'start', 'stop', 'create']);
    const one = await alice.get(
      `${SERVERS}/${id}/os-instance-actions/${instanceActions[5].request_id}`,
      '2.51',
    );
    assert.equal(one['instanceAction'].events[0].event, 'compute_stop_instance');
    assert.equal(one['instanceAction'].events[0].result, 'Success');
  });

  test('an order in the wrong state is a 409 that says so', async () => {
    const id = await room.server(alice);
    await room.becomes(alice, id, 'ACTIVE');
    const reply = await act(id, { 'os-start': null });
    assert.equal(reply.status, 409);
    assert.equal(
      reply.body['conflictingRequest'].message,
      `Cannot 'start' instance ${id} while it is in vm_state active`,
    );
    assert.equal((await act(id, { unpause: null })).status, 409);
    assert.equal((await act(id, { nonsense: null })).status, 400);
    assert.equal((await act(id, { reboot: { type: 'GENTLE' } })).status, 400);
    assert.equal((await act(id, { 'os-resetState': { state: 'error' } })).status, 403);
    const bob = room.member();
    assert.equal((await act(id, { 'os-stop': null }, bob)).status, 404, "another project's server");
    assert.equal((await act(id, { lock: null })).status, 202);
    const locked = await act(id, { 'os-stop': null });
    assert.equal(locked.status, 409);
    assert.equal(locked.body['conflictingRequest'].message, `Instance ${id} is locked`);
    assert.equal((await alice.ask('DELETE', `${SERVERS}/${id}`)).status, 409);
    assert.equal((await act(id, { unlock: null })).status, 202);
    assert.equal((await act(id, { 'os-stop': null })).status, 202);
  });

  test('a process that ends by itself makes the server SHUTOFF, and it stays so', async () => {
    const id = await room.server(alice);
    await room.becomes(alice, id, 'ACTIVE');
    await host.exit(id);
    await room.becomes(alice, id, 'SHUTOFF');
    await eventually('the order to stay down', () => host.row(id)!.power === 'stopped');
    await act(id, { 'os-start': null });
    await room.becomes(alice, id, 'ACTIVE');
  });

  test('what the host cannot do is the fault of the server, until it can', async () => {
    host.hold();
    const id = await room.server(alice);
    await eventually('its row', () => host.row(id));
    await host.report(id, { state: 'error', message: 'the image is no image' });
    const failed = await room.becomes(alice, id, 'ERROR');
    assert.equal(failed['fault'].message, 'the image is no image');
    assert.equal(failed['fault'].code, 500);
    host.release();
    const healed = await room.becomes(alice, id, 'ACTIVE');
    assert.equal(healed['fault'], undefined);
  });

  test('on a host with a datapath it is ACTIVE only when its ports are', async () => {
    const real = await room.host('h2', { datapath: 'ovn' });
    const { network } = await room.net(alice);
    const id = (
      await room.admin.post(SERVERS, {
        server: {
          name: 'plugged',
          imageRef: room.image(),
          flavorRef: await room.flavor(),
          networks: [{ uuid: network }],
          availability_zone: 'nova:h2',
        },
      })
    )['server'].id;
    await eventually('it runs', () => real.row(id)?.state[0] === 'running');
    const [port] = (await room.admin.get(`/network/v2.0/ports?device_id=${id}`)).ports;
    assert.equal((await room.admin.get(`${SERVERS}/${id}`)).server.status, 'BUILD');
    await bringUp(room, port.id);
    await room.becomes(room.admin, id, 'ACTIVE');
    await room.admin.ask('DELETE', `${SERVERS}/${id}`);
    await room.gone(room.admin, id);
    await room.admin.ask('PUT', '/compute/v2.1/os-services/disable', {
      host: 'h2',
      binary: 'nova-compute',
    });
  });

  test('a port that was there before survives its server', async () => {
    const { network } = await room.net(alice);
    const { port } = await alice.post('/network/v2.0/ports', { port: { network_id: network } });
    const id = await room.server(alice, { networks: [{ port: port.id }] });
    await room.becomes(alice, id, 'ACTIVE');
    const second = await alice.ask('POST', SERVERS, {
      server: {
        name: 'b',
        imageRef: room.image(),
        flavorRef: await room.flavor(),
        networks: [{ port: port.id }],
      },
    });
    assert.equal(second.status, 409);
    assert.equal(second.body['conflictingRequest'].message, `Port ${port.id} is still in use.`);
    await alice.ask('DELETE', `${SERVERS}/${id}`);
    await room.gone(alice, id);
    const left = await alice.get(`/network/v2.0/ports/${port.id}`);
    assert.equal(left['port'].device_id, '');
  });

  test('interfaces come and go while the server runs', async () => {
    const { network } = await room.net(alice);
    const id = await room.server(alice, { networks: [{ uuid: network }] });
    await room.becomes(alice, id, 'ACTIVE');
    const other = await room.net(alice, '10.0.9.0/24');
    const { interfaceAttachment } = await alice.post(`${SERVERS}/${id}/os-interface`, {
      interfaceAttachment: { net_id: other.network },
    });
    await eventually('two interfaces', () => host.row(id)!.interfaces.length === 2);
    assert.match(interfaceAttachment.fixed_ips[0].ip_address, /^10\.0\.9\./);
    assert.equal(
      (await alice.ask('DELETE', `${SERVERS}/${id}/os-interface/${interfaceAttachment.port_id}`))
        .status,
      202,
    );
    await eventually('one interface', () => host.row(id)!.interfaces.length === 1);
    assert.equal(
      (await alice.ask('GET', `/network/v2.0/ports/${interfaceAttachment.port_id}`)).status,
      404,
    );
  });

  test('its host follows what becomes of its ports, subnets and networks', async () => {
    const { network, subnet } = await room.net(alice, '10.60.0.0/24');
    const id = await room.server(alice, { networks: [{ uuid: network }] });
    await room.becomes(alice, id, 'ACTIVE');
    const nic = () => host.client.mirror.table('Interface').get(host.row(id)!.interfaces[0]!)!;
    const change = async (path: string, body: Document) => {
      const reply = await alice.ask('PUT', `/network/v2.0/${path}`, body);
      assert.equal(reply.status, 200, JSON.stringify(reply.body));
    };
    await change(`subnets/${subnet}`, {
      subnet: {
        dns_nameservers: ['8.8.8.8'],
        host_routes: [{ destination: '10.5.0.0/16', nexthop: '10.60.0.9' }],
      },
    });
    await eventually('the resolver', () => host.row(id)!.dns['0'] === '8.8.8.8');
    await eventually('the route', () => nic().routes['10.5.0.0/16'] === '10.60.0.9');
    await change(`ports/${nic().port_id}`, {
      port: { fixed_ips: [{ subnet_id: subnet, ip_address: '10.60.0.99' }] },
    });
    await eventually('the address', () => nic().addresses['0'] === '10.60.0.99/24');
    await change(`networks/${network}`, { network: { mtu: 1300 } });
    await eventually('the MTU', () => nic().mtu === 1300);
    assert.deepEqual(await room.compute.projector.compare(), []);
    await alice.ask('DELETE', `/network/v2.0/ports/${nic().port_id}`);
    await eventually('no interface', () => host.row(id)!.interfaces.length === 0);
  });

  test('the console is asked of the host', async () => {
    const id = await room.server(alice);
    await room.becomes(alice, id, 'ACTIVE');
    const asked = act(id, { 'os-getConsoleOutput': { length: 2 } });
    const task = await eventually(
      'the question',
      () => [...host.client.mirror.table('Task').rows()][0],
    );
    assert.equal(task.server_id, id);
    assert.equal(task.arguments['lines'], '2');
    assert.equal(
      await room.compute.taskResult(task.id, Readable.from([Buffer.from('a\u0007b\nc\n')])),
      true,
    );
    const reply = await asked;
    assert.equal(reply.status, 200);
    assert.equal(reply.body['output'], 'ab\nc\n');
    await eventually('no task', () => host.client.mirror.table('Task').size === 0);
    assert.equal(await room.compute.taskResult(task.id, Readable.from([])), false);
  });

  test('a dead host does not keep a server from being deleted', async () => {
    const lost = await room.host('h3');
    const reply = await room.admin.ask(
      'POST',
      SERVERS,
      {
        server: {
          name: 'x',
          imageRef: room.image(),
          flavorRef: await room.flavor(),
          networks: 'none',
          host: 'h3',
        },
      },
      '2.74',
    );
    const { id } = reply.body['server'];
    await room.becomes(room.admin, id, 'ACTIVE');
    lost.hold();
    await lost.beat(120);
    await eventually('down', async () => {
      const { services } = await room.admin.get('/compute/v2.1/os-services?host=h3');
      return services[0].state === 'down';
    });
    await room.admin.ask('DELETE', `${SERVERS}/${id}`);
    await room.gone(room.admin, id);
    await eventually('its row is gone', () => lost.row(id) === undefined);
    lost.release();
    await eventually('what was left is removed', () => lost.containers.size === 0);
  });
});
