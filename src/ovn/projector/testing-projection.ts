import { after, afterEach, before, beforeEach } from 'node:test';
import { pino } from 'pino';
import type { Logger } from '../../core/log.ts';
import { connect, createProjector, insert, remove } from '../index.ts';
import type {
  DesiredRow,
  DesiredState,
  Northbound,
  OvsdbClient,
  Projection,
  Projector,
} from '../index.ts';
import { startOvsdbServer } from '../testing.ts';
import type { TestOvsdbServer } from '../testing.ts';

/** Tables that a test's clients mirror. */
export const TABLES = [
  'NB_Global',
  'Logical_Switch',
  'Logical_Switch_Port',
  'Port_Group',
  'ACL',
  'DHCP_Options',
] as const;

/** How often the projection was asked about a row. */
export const looks = { count: 0 };
/** Rows are recognised by an external id. */
export const byIds = (name: string) => ({
  key: (row: Record<string, unknown>) => {
    looks.count++;
    return (row['external_ids'] as Record<string, string>)[name];
  },
  owner: (row: Record<string, unknown>) => (row['external_ids'] as Record<string, string>)['owner'],
});
/** A small projection of Northbound. */
export const projection: Projection = {
  database: 'OVN_Northbound',
  tables: {
    NB_Global: { key: () => 'global', owner: () => 'cloud' },
    Logical_Switch: byIds('key'),
    Logical_Switch_Port: byIds('key'),
    Port_Group: byIds('key'),
    ACL: byIds('key'),
    DHCP_Options: byIds('key'),
  },
  memberships: [
    { table: 'Logical_Switch', column: 'ports', child: 'Logical_Switch_Port' },
    { table: 'Port_Group', column: 'ports', child: 'Logical_Switch_Port' },
    { table: 'Port_Group', column: 'acls', child: 'ACL' },
  ],
};

/** A network's owner and rows. */
export const network = (
  name: string,
  columns: DesiredRow['columns'] = {},
): [string, DesiredRow[]] => [
  `network:${name}`,
  [
    {
      table: 'Logical_Switch',
      key: name,
      columns: { name, external_ids: { key: name, owner: `network:${name}` }, ...columns },
    },
  ],
];
/** A port's owner and rows: in these switches and groups. */
export const port = (
  name: string,
  switches: string[],
  groups: string[] = [],
  columns: DesiredRow['columns'] = {},
): [string, DesiredRow[]] => [
  `port:${name}`,
  [
    {
      table: 'Logical_Switch_Port',
      key: name,
      columns: {
        name,
        addresses: [`0a:00:00:00:00:01 ${name}`],
        external_ids: { key: name, owner: `port:${name}` },
        ...columns,
      },
      parents: [
        ...switches.map((key) => ({ table: 'Logical_Switch', key, column: 'ports' })),
        ...groups.map((key) => ({ table: 'Port_Group', key, column: 'ports' })),
      ],
    },
  ],
];
/** A port group's owner and rows: a rule for each priority. */
export const group = (name: string, rules: number[] = []): [string, DesiredRow[]] => [
  `group:${name}`,
  [
    {
      table: 'Port_Group',
      key: name,
      columns: { name, external_ids: { key: name, owner: `group:${name}` } },
    },
    ...rules.map((priority): DesiredRow => ({
      table: 'ACL',
      key: `${name}-${priority}`,
      columns: {
        priority,
        direction: 'to-lport',
        action: 'drop',
        match: `outport == @${name}`,
        external_ids: { key: `${name}-${priority}`, owner: `group:${name}` },
      },
      parents: [{ table: 'Port_Group', key: name, column: 'acls' }],
    })),
  ],
];

/** A projector with its server, and the state that it is to bring about. */
export class ProjectorLab {
  readonly log: Logger = pino({ level: process.env['OVENBIRD_LOG_LEVEL'] ?? 'silent' });
  server!: TestOvsdbServer;
  client!: OvsdbClient<Northbound>;
  projector!: Projector;
  /** What should be, by owner. */
  state = new Map<string, DesiredRow[]>();
  /** The owners of each call of `load`. */
  loads: string[][] = [];
  #made: Projector[] = [];
  #opened: OvsdbClient<Northbound>[] = [];

  /** One more client; closed after the test, also when it fails: an open connection keeps the process alive. */
  readonly open = (): OvsdbClient<Northbound> => {
    const client = connect({
      database: 'OVN_Northbound',
      remotes: this.server.remote,
      monitor: TABLES,
      maximumBackoffMilliseconds: 50,
    });
    this.#opened.push(client);
    return client;
  };

  readonly load = async (owners: readonly string[]): Promise<DesiredState> => {
    this.loads.push([...owners]);
    return new Map(
      owners.flatMap((owner) => (this.state.has(owner) ? [[owner, this.state.get(owner)!]] : [])),
    );
  };

  /** One more projector; stopped after the test. */
  make(client = this.client, lock?: string, load = this.load): Projector {
    const loadAll = async () => (load === this.load ? new Map(this.state) : new Map());
    const made = createProjector({
      client,
      projection,
      log: this.log,
      load,
      loadAll,
      ...(lock === undefined ? {} : { lock }),
    });
    this.#made.push(made);
    return made;
  }

  /** Sets what these owners should have, and waits until it is so. */
  want(...owners: [string, DesiredRow[]][]): Promise<boolean> {
    for (const [owner, rows] of owners) {
      if (rows.length === 0) this.state.delete(owner);
      else this.state.set(owner, rows);
    }
    return this.projector.settled(
      owners.map(([owner]) => owner),
      2000,
    );
  }

  ports(name: string): readonly string[] | undefined {
    return this.client.mirror.table('Logical_Switch').first('name', name)?.ports;
  }

  names(table: 'Logical_Switch' | 'Logical_Switch_Port' | 'Port_Group'): string[] {
    return [...this.client.mirror.table(table).rows()].map(({ name }) => name).toSorted();
  }

  async begin(): Promise<void> {
    this.state = new Map();
    this.loads = [];
    this.client = this.open();
    await this.client.transact([
      ...(['Logical_Switch', 'Port_Group', 'DHCP_Options', 'NB_Global'] as const).map((table) =>
        remove(table, []),
      ),
      insert('NB_Global', {}),
    ]);
    this.projector = this.make();
  }

  async end(): Promise<void> {
    for (const made of this.#made.splice(0)) await made.stop();
    for (const client of this.#opened.splice(0)) await client.close();
  }
}

/** Gives the suite that calls it a server of its own, and each test an empty database and a projector. */
export function useProjector(): ProjectorLab {
  const lab = new ProjectorLab();
  before(async () => {
    lab.server = await startOvsdbServer({ schemaFile: '/usr/share/ovn/ovn-nb.ovsschema' });
  });
  after(() => lab.server.stop());
  beforeEach(() => lab.begin());
  afterEach(() => lab.end());
  return lab;
}
