import { readFile } from 'node:fs/promises';
import { findAccelerator } from '../../src/host/drivers/qemu/accelerator.ts';
import { sleep } from '../../src/core/time.ts';
import { TestCloud } from '../../tests/support/cloud.ts';
import { machineImage } from '../../tests/support/machine-image.ts';
import { Scenario } from '../../tests/support/scenario.ts';
import { inspect } from '../floors/container.ts';
import { bareMachine } from '../floors/machine.ts';
import { TimingClient } from '../support/client.ts';
import { progress } from '../support/context.ts';
import { Pinger } from '../support/pinger.ts';
import { quiet } from '../support/processes.ts';
import { median, pairedRatio } from '../support/statistics.ts';
import { met, type Table } from '../support/table.ts';

const ROUNDS = 3;
const TARGET = 1.5;
const PATIENCE = 180_000;

/** Virtual machines: create → first ping, against the same guest in a bare QEMU. In a cloud of its own with both drivers. */
export async function machines(): Promise<Table> {
  const image = await machineImage();
  const accelerator = await findAccelerator();
  const cloud = await TestCloud.start('bcq', ['--qemu']);
  const api = await cloud.api();
  const client = new TimingClient(api.root, api.token);
  try {
    const scenario = new Scenario(cloud, api);
    const network = await scenario.network('machines', '10.34.0.0/24');
    const group = await scenario.open();
    const made = await api.post('/image/v2/images', {
      name: 'machine',
      container_format: 'bare',
      disk_format: 'qcow2',
      hypervisor_type: 'qemu',
    });
    await client.send('PUT', `/image/v2/images/${made.id}/file`, await readFile(image), {
      'content-type': 'application/octet-stream',
    });
    const { flavor } = await api.post('/compute/v2.1/flavors', {
      flavor: { name: 'machine', ram: 128, vcpus: 1, disk: 1 },
    });
    const source = await scenario.server('pinger', network.id, { groups: [group] });
    const pinger = new Pinger((await inspect(cloud, `nova-${source.id}`)).State.Pid);

    const server = async (round: number) => {
      const { port } = await api.post('/network/v2.0/ports', {
        port: { network_id: network.id, security_groups: [group] },
      });
      const begin = performance.now();
      const { text } = await client.call('POST', '/compute/v2.1/servers', {
        server: {
          name: `machine-${round}`,
          imageRef: made.id,
          flavorRef: flavor.id,
          networks: [{ port: port.id }],
        },
      });
      const { id } = (JSON.parse(text) as { server: { id: string } }).server;
      const ping = await pinger.ping(port.fixed_ips[0].ip_address, port.mac_address, PATIENCE);
      try {
        let status = '';
        while (status !== 'ACTIVE') {
          await sleep(50);
          const shown = await api.get(`/compute/v2.1/servers/${id}`);
          status = shown.server.status as string;
          if (status === 'ERROR') throw new Error(JSON.stringify(shown.server.fault));
        }
        const active = performance.now() - begin;
        const first = (await ping.answered) - begin;
        ping.stop();
        return { active, first };
      } finally {
        ping.stop();
        await api.delete(`/compute/v2.1/servers/${id}`);
        while ((await api.call('GET', `/compute/v2.1/servers/${id}`)).status !== 404)
          await sleep(50);
        await api.delete(`/network/v2.0/ports/${port.id}`);
      }
    };

    const own: Awaited<ReturnType<typeof server>>[] = [];
    const bare: number[] = [];
    for (let round = 0; round <= ROUNDS; round++) {
      progress(`machines: round ${round} of ${ROUNDS}`);
      await quiet(cloud.home);
      const floor = await bareMachine(image, accelerator);
      const ours = await server(round);
      if (round === 0) continue; // The first brings the image to the host.
      bare.push(floor);
      own.push(ours);
    }
    const first = own.map((one) => one.first);
    const ratio = pairedRatio(first, bare);
    return {
      title: 'Virtual machines',
      columns: [
        'from the order to',
        'ms',
        'bare QEMU ms',
        'ratio (least-greatest)',
        'target',
        'met',
      ],
      rows: [
        ['ACTIVE', median(own.map((one) => one.active)), '', '', '', ''],
        [
          'first ping',
          median(first),
          median(bare),
          ratio.text,
          `≤ ${TARGET}`,
          met(ratio.median, TARGET),
        ],
      ],
      notes: [
        `medians of ${ROUNDS} rounds, in turn; accelerator: ${accelerator.name}${accelerator.why === undefined ? '' : ` (${accelerator.why})`}`,
        'the guest: Debian’s kernel for clouds and busybox; bare QEMU: the same disk, memory and processor with its built-in network, until the guest has its address by DHCP',
        'ours: POST /servers on an existing port until it answers a ping from a container on the same network, every 10 ms',
      ],
    };
  } finally {
    await client.close();
    await cloud.destroy();
  }
}
