import { sleep } from '../../src/core/time.ts';
import { Scenario } from '../../tests/support/scenario.ts';
import {
  inspect,
  runAndPlug,
  unplugAndRemove,
  withCommandLine,
  withEngineApi,
  type LogicalPort,
  type RunContainer,
} from '../floors/container.ts';
import { progress, type Bench, type MeasuredCloud } from '../support/context.ts';
import { Pinger } from '../support/pinger.ts';
import { quiet } from '../support/processes.ts';
import { median, pairedRatio } from '../support/statistics.ts';
import { met, type Table } from '../support/table.ts';

/** Milliseconds from the order to: a running server, and its first answer to a ping. */
interface Timing {
  readonly active: number;
  readonly ping: number;
}

const ROUNDS = 9;
const TARGET = 1.5;

/** Server create → ACTIVE and → first ping, against a hand that runs a container and plugs it. */
export async function servers(bench: Bench): Promise<Table> {
  const measured = await bench.docker();
  const lab = await prepare(measured);
  const floor: Timing[] = [];
  const least: Timing[] = [];
  const onPort: Timing[] = [];
  const onNetwork: Timing[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    progress(`servers: round ${round} of ${ROUNDS}`);
    const by = {
      floor: await lab.bare(withCommandLine),
      least: await lab.bare(withEngineApi),
      onPort: await lab.serverOnPort(),
      onNetwork: await lab.serverOnNetwork(),
    };
    // The first round warms caches on both sides.
    if (round === 0) continue;
    floor.push(by.floor);
    least.push(by.least);
    onPort.push(by.onPort);
    onNetwork.push(by.onNetwork);
  }
  await lab.remove();
  const row = (title: string, timings: readonly Timing[], key: keyof Timing) => {
    const values = timings.map((timing) => timing[key]);
    const floors = floor.map((timing) => timing[key]);
    const leasts = least.map((timing) => timing[key]);
    const ratio = pairedRatio(values, floors);
    return [
      title,
      median(values),
      median(floors),
      ratio.text,
      `≤ ${TARGET}`,
      met(ratio.median, TARGET),
      median(leasts),
      pairedRatio(values, leasts).text,
    ];
  };
  return {
    title: 'Servers',
    columns: [
      'from the order to',
      'ms',
      'by hand ms',
      'ratio (least-greatest)',
      'target',
      'met',
      'by program ms',
      'ratio (least-greatest)',
    ],
    rows: [
      row('ACTIVE, on an existing port', onPort, 'active'),
      row('first ping, on an existing port', onPort, 'ping'),
      row('ACTIVE, on a network', onNetwork, 'active'),
      row('first ping, on a network', onNetwork, 'ping'),
    ],
    notes: [
      `medians of ${ROUNDS} rounds, each: both floors, server on a port, server on a network; the ratio is taken round by round`,
      'by hand: `docker run` of the same image with the same limits in the same engine, then veth, OVS port on the same ' +
        'br-int and address, for a logical port that Northbound already has; its "ACTIVE" is the end of the last command',
      'by program: the same with three calls of the Engine API instead of `docker run` and `docker inspect`',
      'ACTIVE as GET /servers/{id} tells it, asked every 20 ms; ping from another server on the network, every 10 ms',
    ],
  };
}

interface Lab {
  bare(runContainer: RunContainer): Promise<Timing>;
  serverOnPort(): Promise<Timing>;
  serverOnNetwork(): Promise<Timing>;
  remove(): Promise<void>;
}

async function prepare({ cloud, api, client }: MeasuredCloud): Promise<Lab> {
  const scenario = new Scenario(cloud, api);
  const network = await scenario.network('bench', '10.30.0.0/24');
  const group = await scenario.open();
  const [image, flavor] = [await scenario.image(), await scenario.flavor()];
  const source = await scenario.server('pinger', network.id, { groups: [group] });
  const container = await inspect(cloud, `nova-${source.id}`);
  const pinger = new Pinger(container.State.Pid);
  const { subnet } = await api.get(`/network/v2.0/subnets/${network.subnetId}`);
  const { network: shown } = await api.get(`/network/v2.0/networks/${network.id}`);

  let next = 100;
  const newPort = async (): Promise<LogicalPort> => {
    const address = `10.30.0.${next++}`;
    const { port } = await api.post('/network/v2.0/ports', {
      port: {
        network_id: network.id,
        security_groups: [group],
        fixed_ips: [{ ip_address: address }],
      },
    });
    return {
      id: port.id,
      mac: port.mac_address,
      address: `${address}/24`,
      gateway: subnet.gateway_ip,
      mtu: shown.mtu ?? 1442,
    };
  };
  const create = async (name: string, wish: Record<string, unknown>): Promise<string> => {
    const { text } = await client.call('POST', '/compute/v2.1/servers', {
      server: { name, imageRef: image, flavorRef: flavor, ...wish },
    });
    return (JSON.parse(text) as { server: { id: string } }).server.id;
  };
  const active = async (id: string): Promise<number> => {
    for (;;) {
      const { text } = await client.call('GET', `/compute/v2.1/servers/${id}`);
      const { server } = JSON.parse(text) as { server: { status: string; fault?: unknown } };
      if (server.status === 'ACTIVE') return performance.now();
      if (server.status === 'ERROR') throw new Error(`server: ${JSON.stringify(server.fault)}`);
      await sleep(20);
    }
  };
  const removeServer = async (id: string): Promise<void> => {
    await api.delete(`/compute/v2.1/servers/${id}`);
    while ((await api.call('GET', `/compute/v2.1/servers/${id}`)).status !== 404) await sleep(20);
  };
  const hostOf = ({ address }: LogicalPort) => address.split('/')[0]!;

  return {
    async bare(runContainer) {
      const port = await newPort();
      const ping = await pinger.ping(hostOf(port), port.mac);
      await quiet(cloud.home);
      const begin = performance.now();
      const name = `bf${String(next)}`;
      try {
        await runAndPlug(cloud, name, () => runContainer(cloud, name, container), port);
        const done = performance.now();
        return { active: done - begin, ping: (await ping.answered) - begin };
      } finally {
        ping.stop();
        await unplugAndRemove(cloud, name);
        await api.delete(`/network/v2.0/ports/${port.id}`);
      }
    },
    async serverOnPort() {
      const port = await newPort();
      const ping = await pinger.ping(hostOf(port), port.mac);
      await quiet(cloud.home);
      try {
        const begin = performance.now();
        const id = await create(`bench-${next}`, { networks: [{ port: port.id }] });
        const done = await active(id);
        const answered = await ping.answered;
        ping.stop();
        await removeServer(id);
        return { active: done - begin, ping: answered - begin };
      } finally {
        ping.stop();
        await api.delete(`/network/v2.0/ports/${port.id}`);
      }
    },
    async serverOnNetwork() {
      const address = `10.30.0.${next++}`;
      await quiet(cloud.home);
      const begin = performance.now();
      const id = await create(`bench-${next}`, {
        networks: [{ uuid: network.id, fixed_ip: address }],
        security_groups: [{ name: 'open' }],
      });
      const { text } = await client.call('GET', `/network/v2.0/ports?device_id=${id}`);
      const { ports } = JSON.parse(text) as { ports: { mac_address: string }[] };
      const ping = await pinger.ping(address, ports[0]!.mac_address);
      try {
        const done = await active(id);
        return { active: done - begin, ping: (await ping.answered) - begin };
      } finally {
        ping.stop();
        await removeServer(id);
      }
    },
    async remove() {
      await scenario.remove(source);
    },
  };
}
