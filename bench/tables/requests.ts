import { paths, readSecret } from '../../src/core/configuration.ts';
import { progress, type Bench, type MeasuredCloud } from '../support/context.ts';
import { measureFloors, type Floors } from '../support/floors.ts';
import type { Measurement } from '../support/measure.ts';
import { OvsdbConnection } from '../support/ovsdb.ts';
import { fillPorts, fillServers, raiseQuotas, type PortRoom } from '../support/population.ts';
import { measureLifecycle, measureRepeated } from '../support/requests.ts';
import { met, type Cell, type Table } from '../support/table.ts';

/** Bytes of an answer with one object, for the floor. */
const SMALL = 600;
/** Milliseconds at the median. */
const TARGETS = { read: 3, portCreate: 10, portList: 25 } as const;
/** What may differ between few and many ports before it counts as growth: the noise of a shared machine. */
const SAME = 1.5;

const NETWORK = '/network/v2.0';

/** One line of the table before the floors are known. */
interface Line {
  readonly title: string;
  readonly measurement: Measurement;
  /** Steps of the floor beside HTTP. */
  readonly needs: readonly (keyof Omit<Floors, 'http'>)[];
  /** Bytes of the answer; default an object's. */
  readonly bytes?: number;
  readonly target?: number;
}

/** Time and processor time of single requests, against a bare HTTP server and one round trip to each database. */
export async function requests(bench: Bench): Promise<Table[]> {
  const measured = await bench.docker();
  await raiseQuotas(measured);
  const lines: Line[] = [];

  progress('requests: tokens');
  lines.push(...(await tokens(measured)));
  progress('requests: networks, subnets, security group rules');
  lines.push(...(await lifecycles(measured)));

  progress('requests: ports, 50 present');
  const room = await fillPorts(measured, undefined, 50);
  const few = await ports(measured, room);
  const inNorthbound = await arrivals(measured, room);
  lines.push(
    line('POST port', few.post, ['commit', 'ovsdb'], TARGETS.portCreate),
    line('GET port', few.get, ['select'], TARGETS.read),
    line('DELETE port', few.delete, ['commit', 'ovsdb']),
  );

  progress('requests: ports, 1,000 present');
  await fillPorts(measured, room, 1000);
  const listFew = await listOf(measured, room);
  lines.push({
    ...line('GET ports, all 1,000 of them', listFew.measurement, ['select'], TARGETS.portList),
    bytes: listFew.bytes,
  });

  const fake = await serverLists(bench);
  const sizes = [SMALL, listFew.bytes, ...fake.map(({ bytes }) => bytes!)];
  progress('requests: floors');
  const floors = await measureFloors(measured.cloud.home, sizes);

  progress('requests: ports, 5,000 present');
  await fillPorts(measured, undefined, 4000);
  const many = await ports(measured, room);
  const listMany = await listOf(measured, room);

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
      rows: [...lines, ...fake].map((entry) => row(entry, floors)),
      notes: [
        'one client, one connection, one request at a time, from the call to the last byte; after a warm-up',
        'CPU: of all processes of the cloud and of the control plane alone, divided by n, what happens after the answer included',
        `floor: a bare node:http server's answer of as many bytes (${show(floors.http(SMALL))} ms), and per kind of request ` +
          `\`select 1\` (${show(floors.select)} ms), an insert with commit (${show(floors.commit)} ms), an OVSDB transaction ` +
          `(${show(floors.ovsdb)} ms), an Argon2id hash (${show(floors.hash)} ms); medians of the same run`,
        `ports that were in Northbound when the answer to their POST came: ${inNorthbound}`,
        'servers are the fake driver\'s; "GET" targets are those of the issue',
      ],
    },
    growth(few, listFew.measurement, many, listMany.measurement),
  ];
}

type PortMeasurements = Awaited<ReturnType<typeof ports>>;

/** Whether requests get slower with what exists. */
function growth(
  few: PortMeasurements,
  listFew: Measurement,
  many: PortMeasurements,
  listMany: Measurement,
): Table {
  const compare = (title: string, before: Measurement, after: Measurement): Cell[] => {
    const ratio = after.p50 / before.p50;
    return [
      title,
      before.p50,
      after.p50,
      ratio,
      before.cpu.all,
      after.cpu.all,
      before.cpu.control,
      after.cpu.control,
      `≤ ${SAME}`,
      met(ratio, SAME),
    ];
  };
  return {
    title: 'Requests with many ports',
    columns: [
      'request',
      'p50 ms, few',
      'p50 ms, 5,000',
      'ratio',
      'CPU all, few',
      'CPU all, 5,000',
      'CPU ours, few',
      'CPU ours, 5,000',
      'target',
      'met',
    ],
    rows: [
      compare('POST port', few.post, many.post),
      compare('GET port', few.get, many.get),
      compare('DELETE port', few.delete, many.delete),
      compare('GET the 1,000 ports of a network', listFew, listMany),
    ],
    notes: [
      'few: 50 ports present, 1,000 for the list; 5,000: the same requests on the same network beside 4,000 other ports',
      'with many ports northd and ovn-controller work on each change long after the answer: that is the difference in "CPU all"',
    ],
  };
}

const show = (milliseconds: number): string => milliseconds.toFixed(2);

const line = (
  title: string,
  measurement: Measurement,
  needs: Line['needs'],
  target?: number,
): Line => ({ title, measurement, needs, ...(target === undefined ? {} : { target }) });

function row({ title, measurement, needs, bytes, target }: Line, floors: Floors): Cell[] {
  const floor = needs.reduce((sum, step) => sum + floors[step], floors.http(bytes ?? SMALL));
  return [
    title,
    measurement.samples.length,
    measurement.p50,
    measurement.p95,
    floor,
    measurement.p50 / floor,
    measurement.cpu.all,
    measurement.cpu.control,
    target === undefined ? '' : `≤ ${target} ms`,
    target === undefined ? '' : met(measurement.p50, target),
  ];
}

async function tokens(measured: MeasuredCloud): Promise<Line[]> {
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
  const issue = await measureRepeated(measured, 60, () => client.call('POST', path, { auth }));
  const validate = await measureRepeated(measured, 500, () =>
    client.call('GET', path, undefined, { 'x-subject-token': client.token }),
  );
  return [
    line('POST token (password)', issue, ['hash', 'commit']),
    line('GET token (validate)', validate, ['select'], TARGETS.read),
  ];
}

async function lifecycles(measured: MeasuredCloud): Promise<Line[]> {
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
    const kinds = await measureLifecycle(measured, noun);
    lines.push(
      line(`POST ${name}`, kinds.post, ['commit', 'ovsdb']),
      line(`GET ${name}`, kinds.get, ['select'], TARGETS.read),
      line(`DELETE ${name}`, kinds.delete, ['commit', 'ovsdb']),
    );
  }
  await api.delete(`${NETWORK}/networks/${network.id}`);
  await api.delete(`${NETWORK}/security-groups/${group.id}`);
  return lines;
}

const ports = (measured: MeasuredCloud, room: PortRoom) =>
  measureLifecycle(measured, {
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
async function listOf(
  measured: MeasuredCloud,
  { networkId }: PortRoom,
): Promise<{ measurement: Measurement; bytes: number }> {
  const path = `${NETWORK}/ports?network_id=${networkId}`;
  const { text } = await measured.client.call('GET', path);
  const { ports: all } = JSON.parse(text) as { ports: unknown[] };
  if (all.length !== 1000) throw new Error(`there are ${all.length} ports, not 1000`);
  const measurement = await measureRepeated(measured, 60, () => measured.client.call('GET', path));
  return { measurement, bytes: Buffer.byteLength(text) };
}

async function serverLists(bench: Bench): Promise<Line[]> {
  progress('requests: 100 servers of the fake driver');
  const measured = await bench.fake();
  await fillServers(measured, 100);
  const lines: Line[] = [];
  for (const path of ['/servers', '/servers/detail']) {
    const { text } = await measured.client.call('GET', `/compute/v2.1${path}`);
    const { servers } = JSON.parse(text) as { servers: unknown[] };
    if (servers.length !== 100) throw new Error(`there are ${servers.length} servers, not 100`);
    const measurement = await measureRepeated(measured, 200, () =>
      measured.client.call('GET', `/compute/v2.1${path}`),
    );
    lines.push({
      ...line(`GET ${path}, 100 of them`, measurement, ['select']),
      bytes: Buffer.byteLength(text),
    });
  }
  return lines;
}
