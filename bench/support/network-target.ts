import { sleep } from '../../src/core/time.ts';
import { paths } from '../../src/core/configuration.ts';
import type { MeasuredCloud } from './context.ts';
import { Measurement } from './measure.ts';
import { OvsdbConnection } from './ovsdb.ts';
import type { Peer } from './peer.ts';
import { familiesOf, quietFamilies, type ProcessFamily } from './processes.ts';
import type { TimedAnswer, TimingClient } from './client.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- documents of many shapes
type Document = Record<string, any>;

/** A network service under measurement: ours, or another cloud's. */
export class NetworkTarget {
  readonly client: TimingClient;
  readonly #path: string;
  readonly #northbound: OvsdbConnection | undefined;
  readonly #families: (() => readonly ProcessFamily[]) | undefined;
  readonly projectId: string;
  #names = 0;

  private constructor(
    client: TimingClient,
    path: string,
    projectId: string,
    northbound: OvsdbConnection | undefined,
    families: (() => readonly ProcessFamily[]) | undefined,
  ) {
    this.client = client;
    this.#path = path;
    this.projectId = projectId;
    this.#northbound = northbound;
    this.#families = families;
  }

  static async ofCloud({ cloud, api, client }: MeasuredCloud): Promise<NetworkTarget> {
    const northbound = await OvsdbConnection.open(paths(cloud.home).northbound);
    return new NetworkTarget(client, '/network/v2.0', api.projectId, northbound, () =>
      familiesOf(cloud.home),
    );
  }

  static ofPeer({ client, path, projectId, northbound, families }: Peer): NetworkTarget {
    return new NetworkTarget(client, path, projectId, northbound, families);
  }

  /** A measurement of this cloud's requests; without its processes the processor time stays empty. */
  measurement(): Measurement {
    const families = this.#families;
    return new Measurement(async () =>
      families === undefined ? new Map<string, number>() : quietFamilies(families),
    );
  }

  call(method: string, path: string, body?: unknown): Promise<TimedAnswer> {
    return this.client.call(method, `${this.#path}${path}`, body);
  }

  /** The document of the answer. */
  async ask(method: string, path: string, body?: unknown): Promise<Document> {
    const { text } = await this.call(method, path, body);
    return text === '' ? {} : (JSON.parse(text) as Document);
  }

  /** Makes an object and gives its document. */
  async make(plural: string, singular: string, values: Document): Promise<Document> {
    return (await this.ask('POST', `/${plural}`, { [singular]: values }))[singular] as Document;
  }

  /** A network with one subnet. */
  async network(cidr: string): Promise<{ readonly id: string; readonly subnetId: string }> {
    const { id } = await this.make('networks', 'network', { name: `bench-${this.#names++}` });
    const subnet = await this.make('subnets', 'subnet', { network_id: id, ip_version: 4, cidr });
    return { id, subnetId: subnet['id'] };
  }

  /** An external network with addresses to give; made when there is none. */
  async external(): Promise<string> {
    const { networks } = await this.ask('GET', '/networks?router:external=true');
    const present = (networks as Document[]).find((network) => network['subnets'].length > 0);
    if (present !== undefined) return present['id'];
    const { id } = await this.make('networks', 'network', {
      name: 'bench-external',
      'router:external': true,
      'provider:network_type': 'flat',
      'provider:physical_network': 'public',
    });
    await this.make('subnets', 'subnet', {
      network_id: id,
      ip_version: 4,
      cidr: '198.18.0.0/20',
      enable_dhcp: false,
    });
    return id;
  }

  /** Makes several ports of the default kind in one request. */
  bulk(networkId: string, count: number): Promise<TimedAnswer> {
    const ports = Array.from({ length: count }, () => ({ network_id: networkId }));
    return this.call('POST', '/ports', { ports });
  }

  /** How many switch ports Northbound has; undefined when it cannot be asked. */
  async northboundPorts(): Promise<number | undefined> {
    const [result] =
      (await this.#northbound?.transact('OVN_Northbound', {
        op: 'select',
        table: 'Logical_Switch_Port',
        where: [],
        columns: ['_uuid'],
      })) ?? [];
    return result?.rows?.length;
  }

  /** Resolves when Northbound has so many switch ports, at once when it cannot be asked. */
  async arrived(count: number): Promise<void> {
    const end = Date.now() + 600_000;
    for (;;) {
      const present = await this.northboundPorts();
      if (present === undefined || present >= count) return;
      if (Date.now() > end) throw new Error(`Northbound has ${present} of ${count} ports`);
      await sleep(10);
    }
  }

  /** Lets the project have as much as the bench makes; the limits stay finite, so that they are counted. */
  async raiseQuotas(): Promise<void> {
    await this.ask('PUT', `/quotas/${this.projectId}`, {
      quota: {
        network: 5000,
        subnet: 5000,
        port: 100_000,
        router: 1000,
        floatingip: 1000,
        security_group: 1000,
        security_group_rule: 10_000,
      },
    });
  }

  /** Deletes what is there, in this order; what is gone already is no error. */
  async remove(...objects: readonly string[]): Promise<void> {
    for (const object of objects) {
      await this.call('DELETE', `/${object}`).catch((error: unknown) => {
        if (!String(error).includes(': 404 ')) throw error;
      });
    }
  }

  close(): void {
    this.#northbound?.close();
  }
}
