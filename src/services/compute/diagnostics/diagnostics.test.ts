import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import type { TestHost } from '../hosts/testing.ts';
import { eventually, startTestCompute, type TestClient, type TestCompute } from '../testing.ts';
import type { HostDiagnostics } from './view.ts';

const counters = (bytes: number) => ({ bytes, packets: 2, errors: 0, dropped: 1 });
const ANSWER: HostDiagnostics = {
  state: 'running',
  uptimeSeconds: 12,
  cpuNanoseconds: [1_500_000_000, 7],
  memory: { maximumMb: 64, usedMb: 40 },
  disks: [{ readBytes: 512, readRequests: 1, writeBytes: 0, writeRequests: 0, errors: 0 }],
  interfaces: [{ mac: 'fa:16:3e:00:00:01', received: counters(100), sent: counters(200) }],
};

describe('diagnostics', () => {
  let room: TestCompute;
  let host: TestHost;
  let admin: TestClient;
  let id: string;
  before(async () => {
    room = await startTestCompute();
    host = await room.host('m1', { driver: 'qemu' });
    admin = room.admin;
    id = await room.server(admin, {
      imageRef: room.image({ containerFormat: 'bare', diskFormat: 'qcow2' }),
    });
    await room.becomes(admin, id, 'ACTIVE');
  });
  after(() => room.stop());

  const path = () => `/compute/v2.1/servers/${id}/diagnostics`;
  const asked = async (version: string) => {
    const reply = admin.ask('GET', path(), undefined, version);
    const tasks = host.client.mirror.table('Task');
    const task = await eventually('the question', () => tasks.first('server_id', id));
    assert.deepEqual([task.kind, task.host], ['diagnostics', 'm1']);
    assert.ok(
      await room.compute.taskResult(task.id, Readable.from([Buffer.from(JSON.stringify(ANSWER))])),
    );
    const { body } = await reply;
    await eventually('the end of the task', () => tasks.first('server_id', id) === undefined);
    return body;
  };

  test('are the same for every driver from 2.48 on, and flat before', async () => {
    const body = await asked('2.48');
    assert.deepEqual(
      [
        body['driver'],
        body['hypervisor'],
        body['uptime'],
        body['num_nics'],
        body['memory_details'],
      ],
      ['libvirt', 'qemu', 12, 1, { maximum: 64, used: 40 }],
    );
    assert.deepEqual(body['cpu_details'][0], { id: 0, time: 1_500_000_000, utilisation: null });
    assert.equal(body['nic_details'][0].rx_octets, 100);
    assert.equal(body['nic_details'][0].tx_octets, 200);
    assert.equal(body['disk_details'][0].read_bytes, 512);
    const flat = await asked('2.47');
    assert.deepEqual(
      [flat['cpu1_time'], flat['memory'], flat['vda_read_req'], flat['eth0_tx']],
      [7, 65_536, 1, 200],
    );
  });

  test("are an administrator's, of servers that run", async () => {
    assert.equal((await room.member().ask('GET', path())).status, 403);
    await admin.ask('POST', `/compute/v2.1/servers/${id}/action`, { 'os-stop': null });
    await room.becomes(admin, id, 'SHUTOFF');
    assert.equal((await admin.ask('GET', path())).status, 409);
  });
});
