import { paths, readSecret } from '../../src/core/configuration.ts';
import { progress, type Bench, type MeasuredCloud } from '../support/context.ts';
import { describeFloors, openFloors, type FloorKit } from '../support/floors.ts';
import type { Measurement } from '../support/measure.ts';
import { OvsdbConnection } from '../support/ovsdb.ts';
import { fillPorts, fillServers, raiseQuotas, type PortRoom } from '../support/population.ts';
import {
  measureLifecycle,
  measureRepeated,
  type LifecycleMeasurements,
} from '../support/requests.ts';
import { met, type Cell, type Table } from '../support/table.ts';
import { growth } from './growth.ts';

/** Milliseconds at the median. */
const TARGETS = { read: 3, portCreate: 10, portList: 25 } as const;

const NETWORK = '/network/v2.0';

/** One line of the table. */
interface Line {
  readonly title: string;
  readonly measurement: Measurement;
  readonly target?: number;
}

/** Time and processor time of single requests, against a bare HTTP server and one round trip to each database. */
export async function requests(bench: Bench): Promise<Table[]> {
  const measured = await bench.docker();
  const kit = await openFloors(measured.cloud.home);
  await raiseQuotas(measured);
  const lines: Line[] = [];

  progress('requests: tokens');
  lines.push(...(await tokens(measured, kit)));
  progress('requests: networks, subnets, security group rules');
  lines.push(...(await lifecycles(measured, kit)));

  progress('requests: ports, 50 present');
  const room = await fillPorts(measured, undefined, 50);
  const few = await ports(measured, kit, room);
  const inNorthbound = await arrivals(measured, room);
  lines.push(...linesOf('port', few, TARGETS.portCreate));

  progress('requests: ports, 1,000 present');
  await fillPorts(measured, room, 1000);
  const listFew = await portList(measured, kit, room);
  lines.push(line('GET ports, all 1,000 of them', listFew, TARGETS.portList));

  progress('requests: ports, 5,000 present');
  await fillPorts(measured, undefined, 4000);
  const many = await ports(measured, kit, room);
  const listMany = await portList(measured, kit, room);
  await kit.close();

  lines.push(...(await serverLists(bench)));
  const floorSamples = lines.flatMap(({ measurement }) => measurement.floorSamples);
  return [
    {
      title: 'Requests',
      columns: [
        'request',
        'n',
        'p50 ms',
        'p95 ms',
        'floor ms',
        'ratio',
        'CPU ms, all',
        'CPU ms, ours',
        'target',
        'met',
      ],
      rows: lines.map(row),
      notes: [
        'one client, one connection, one request at a time, from the call to the last byte; after a warm-up',
        'CPU: of all processes of the cloud and of the control plane alone, divided by n, what happens after the answer included',
        "floor: a bare node:http server's answer of as many bytes and, for a GET one `select 1`, for a POST or DELETE one insert " +
          'with its commit and one OVSDB transaction, for a password one Argon2id hash and a commit; taken before and after each batch',
        `its medians in ms: ${describeFloors(floorSamples)}`,
        `ports that were in Northbound when the answer to their POST came: ${inNorthbound}`,
        "the servers of the lists are the fake driver's",
      ],
    },
    growth(few, listFew, many, listMany),
  ];
}

const line = (title: string, measurement: Measurement, target?: number): Line => ({
  title,
  measurement,
  ...(target === undefined ? {} : { target }),
});

const linesOf = (noun: string, kinds: LifecycleMeasurements, create?: number): Line[] => [
  line(`POST ${noun}`, kinds.post, create),
  line(`GET ${noun}`, kinds.get, TARGETS.read),
  line(`DELETE ${noun}`, kinds.delete),
];

function row({ title, measurement, target }: Line): Cell[] {
  return [
    title,
    measurement.samples.length,
    measurement.p50,
    measurement.p95,
    measurement.floor,
    measurement.p50 / measurement.floor,
    measurement.cpu.all,
    measurement.cpu.control,
    target === undefined ? '' : `≤ ${target} ms`,
    target === undefined ? '' : met(measurement.p50, target),
  ];
}

async function tokens(measured: MeasuredCloud, kit: FloorKit): Promise<Line[]> {
  const { cloud, client } = measured;
  const path = '/identity/v3/auth/tokens';
  const domain = { id: 'default' };
  const password = readSecret(paths(cloud.home).adminPassword);
  const auth = {
    identity: {
      methods: ['password'],
      password: { user: { name: 'admin', domain, password } },
    },
    scope: { project: { name: 'admin', domain } },
  };
  const issue = await measureRepeated(measured, { kit, steps: ['hash', 'commit'] }, 60, () =>
    client.call('POST', path, { auth }),
  );
  const validate = await measureRepeated(measured, { kit, steps: ['select'] }, 500, () =>
    client.call('GET', path, undefined, { 'x-subject-token': client.token }),
  );
  return [
    line('POST token (password)', issue),
    line('GET token (validate)', validate, TARGETS.read),
  ];
}

async function lifecycles(measured: MeasuredCloud, kit: FloorKit): Promise<Line[]> {
  const { api } = measured;
  const { network } = await api.post(`${NETWORK}/networks`, { network: { name: 'subnets' } });
  const { security_group: group } = await api.post(`${NETWORK}/security-groups`, {
    security_group: { name: 'rules' },
  });
  const nouns = {
    network: {
      path: `${NETWORK}/networks`,
      key: 'network',
      wish: (index: number) => ({ name: `bench-${index}` }),
    },
    subnet: {
      path: `${NETWORK}/subnets`,
      key: 'subnet',
      wish: (index: number) => ({
        network_id: network.id,
        ip_version: 4,
        cidr: `10.40.${index}.0/24`,
      }),
    },
    'security group rule': {
      path: `${NETWORK}/security-group-rules`,
      key: 'security_group_rule',
      wish: (index: number) => ({
        security_group_id: group.id,
        direction: 'ingress',
        protocol: 'tcp',
        port_range_min: 1000 + index,
        port_range_max: 1000 + index,
      }),
    },
  };
  const lines: Line[] = [];
  for (const [name, noun] of Object.entries(nouns)) {
    lines.push(...linesOf(name, await measureLifecycle(measured, kit, noun)));
  }
  await api.delete(`${NETWORK}/networks/${network.id}`);
  await api.delete(`${NETWORK}/security-groups/${group.id}`);
  return lines;
}

const ports = (measured: MeasuredCloud, kit: FloorKit, room: PortRoom) =>
  measureLifecycle(measured, kit, {
    path: `${NETWORK}/ports`,
    key: 'port',
    wish: (index) => ({ network_id: room.networkId, name: `bench-${index}` }),
  });

/** How many of some new ports Northbound has at the moment when the client gets its answer. */
async function arrivals({ cloud, client }: MeasuredCloud, room: PortRoom): Promise<string> {
  const connection = await OvsdbConnection.open(paths(cloud.home).northbound);
  const count = 20;
  let found = 0;
  for (let index = 0; index < count; index++) {
    const { text } = await client.call('POST', `${NETWORK}/ports`, {
      port: { network_id: room.networkId },
    });
    const { port } = JSON.parse(text) as { port: { id: string } };
    const [result] = await connection.transact('OVN_Northbound', {
      op: 'select',
      table: 'Logical_Switch_Port',
      where: [['name', '==', port.id]],
      columns: ['_uuid'],
    });
    found += result?.rows?.length ?? 0;
    await client.call('DELETE', `${NETWORK}/ports/${port.id}`);
  }
  connection.close();
  return `${found} of ${count}`;
}

/** The list of all ports of the network, of which there are 1,000. */
async function portList(
  measured: MeasuredCloud,
  kit: FloorKit,
  { networkId }: PortRoom,
): Promise<Measurement> {
  const path = `${NETWORK}/ports?network_id=${networkId}`;
  const { text } = await measured.client.call('GET', path);
  const { ports: all } = JSON.parse(text) as { ports: unknown[] };
  if (all.length !== 1000) throw new Error(`there are ${all.length} ports, not 1000`);
  const floor = { kit, steps: ['select'], bytes: Buffer.byteLength(text) } as const;
  return measureRepeated(measured, floor, 60, () => measured.client.call('GET', path));
}

async function serverLists(bench: Bench): Promise<Line[]> {
  progress('requests: 100 servers of the fake driver');
  const measured = await bench.fake();
  await fillServers(measured, 100);
  const kit = await openFloors(measured.cloud.home);
  const lines: Line[] = [];
  for (const path of ['/servers', '/servers/detail']) {
    const list = () => measured.client.call('GET', `/compute/v2.1${path}`);
    const { text } = await list();
    const { servers } = JSON.parse(text) as { servers: unknown[] };
    if (servers.length !== 100) throw new Error(`there are ${servers.length} servers, not 100`);
    const floor = { kit, steps: ['select'], bytes: Buffer.byteLength(text) } as const;
    lines.push(line(`GET ${path}, 100 of them`, await measureRepeated(measured, floor, 200, list)));
  }
  await kit.close();
  return lines;
}
