import { sleep } from '../../src/core/time.ts';
import type { MeasuredCloud } from './context.ts';
import { Measurement } from './measure.ts';
import type { Peer } from './peer.ts';
import { makeRoom } from './population.ts';
import { familiesOf, quietFamilies, type ProcessFamily } from './processes.ts';
import type { TimedAnswer, TimingClient } from './client.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- documents of many shapes
type Document = Record<string, any>;

/** A service of a cloud: a client of it, and the path before the service's own. */
export interface ServiceClient {
  readonly client: TimingClient;
  readonly path: string;
}

/** The services that servers need. */
type ServiceName = 'compute' | 'placement' | 'image' | 'network';

/** What a server is made of. */
interface Parts {
  readonly imageRef: string;
  readonly flavorRef: string;
  readonly networkId: string;
}

/** Flavors that the list shows. */
export const FLAVORS = 5;
/** Microversion of the placement requests. */
const PLACEMENT = { 'openstack-api-version': 'placement 1.36' };

/** The compute and placement services under measurement: ours with its fake driver, or another cloud's. */
export class ComputeTarget {
  readonly #services: Readonly<Record<ServiceName, ServiceClient>>;
  readonly #families: (() => readonly ProcessFamily[]) | undefined;
  readonly projectId: string;
  #parts: Parts | undefined;
  #flavors: string[] = [];
  /** In all names: an earlier run may have left something. */
  readonly #mark = Date.now().toString(36);
  /** In the order in which they were made. */
  readonly servers: string[] = [];

  private constructor(
    services: Readonly<Record<ServiceName, ServiceClient>>,
    projectId: string,
    families: (() => readonly ProcessFamily[]) | undefined,
  ) {
    this.#services = services;
    this.projectId = projectId;
    this.#families = families;
  }

  static async ofCloud({ cloud, api, client }: MeasuredCloud): Promise<ComputeTarget> {
    const services = {
      compute: { client, path: '/compute/v2.1' },
      placement: { client, path: '/placement' },
      image: { client, path: '/image/v2' },
      network: { client, path: '/network/v2.0' },
    };
    const target = new ComputeTarget(services, api.projectId, () => familiesOf(cloud.home));
    await makeRoom(api);
    await target.#prepare();
    return target;
  }

  static async ofPeer(peer: Peer): Promise<ComputeTarget> {
    const image = peer.service('image');
    const services = {
      compute: peer.service('compute'),
      placement: peer.service('placement'),
      image: { ...image, path: `${image.path}/v2` },
      network: { client: peer.client, path: peer.path },
    };
    const target = new ComputeTarget(services, peer.projectId, peer.families);
    await target.#prepare();
    return target;
  }

  /** A measurement of this cloud's requests; without its processes the processor time stays empty. */
  measurement(): Measurement {
    const families = this.#families;
    return new Measurement(async () =>
      families === undefined ? new Map<string, number>() : quietFamilies(families),
    );
  }

  call(method: string, path: string, body?: unknown): Promise<TimedAnswer> {
    const { client, path: root } = this.#services.compute;
    return client.call(method, root + path, body);
  }

  /** A request to the placement service. */
  place(method: string, path: string, body?: unknown): Promise<TimedAnswer> {
    const { client, path: root } = this.#services.placement;
    return client.call(method, root + path, body, PLACEMENT);
  }

  /** The document of a compute request's answer. */
  ask(method: string, path: string, body?: unknown): Promise<Document> {
    return this.#ask('compute', method, path, body);
  }

  /** Orders a server and does not wait for it. */
  async boot(name: string): Promise<TimedAnswer & { readonly id: string }> {
    const { imageRef, flavorRef, networkId } = this.#parts!;
    const answer = await this.call('POST', '/servers', {
      server: {
        name: `${this.#mark}-${name}`,
        imageRef,
        flavorRef,
        networks: [{ uuid: networkId }],
      },
    });
    return { ...answer, id: (JSON.parse(answer.text) as Document)['server'].id };
  }

  /** Resolves when no server is being built any more; fails when one ended in ERROR. */
  async built(): Promise<void> {
    await this.#until(`/servers?status=BUILD&name=${this.#mark}&limit=1`);
    const { servers } = await this.ask(
      'GET',
      `/servers/detail?status=ERROR&name=${this.#mark}&limit=1`,
    );
    if (servers.length > 0) throw new Error(`server: ${JSON.stringify(servers[0].fault)}`);
  }

  /** Resolves when no server is left whose name began so. */
  gone(prefix: string): Promise<void> {
    return this.#until(`/servers?name=${this.#mark}-${prefix}&limit=1`);
  }

  /** Makes servers until there are so many. */
  async fill(count: number): Promise<void> {
    while (this.servers.length < count) {
      for (let index = 0; index < 50 && this.servers.length < count; index++)
        this.servers.push((await this.boot(`bench-${this.servers.length}`)).id);
      await this.built();
    }
  }

  /** Takes away all that was made. */
  async close(): Promise<void> {
    for (const id of this.servers) await this.call('DELETE', `/servers/${id}`);
    await this.gone('bench-');
    for (const id of this.#flavors) await this.call('DELETE', `/flavors/${id}`);
    const { imageRef, networkId } = this.#parts!;
    await this.#ask('image', 'DELETE', `/images/${imageRef}`);
    await this.#ask('network', 'DELETE', `/networks/${networkId}`);
  }

  async #until(emptyList: string): Promise<void> {
    const end = Date.now() + 600_000;
    for (;;) {
      const { servers } = await this.ask('GET', emptyList);
      if (servers.length === 0) return;
      if (Date.now() > end) throw new Error(`still there: ${emptyList}`);
      await sleep(200);
    }
  }

  async #prepare(): Promise<void> {
    await this.ask('PUT', `/os-quota-sets/${this.projectId}`, {
      quota_set: { instances: 10_000, cores: 10_000, ram: 10_000_000 },
    });
    await this.#ask('network', 'PUT', `/quotas/${this.projectId}`, {
      quota: { port: 100_000, network: 1000, subnet: 1000 },
    });
    const mark = this.#mark;
    for (let index = 0; index < FLAVORS; index++) {
      const { flavor } = await this.ask('POST', '/flavors', {
        flavor: { name: `bench-${mark}-${index}`, ram: 64, vcpus: 1, disk: 1 },
      });
      this.#flavors.push(flavor.id);
    }
    const image = await this.#ask('image', 'POST', '/images', {
      name: 'bench',
      container_format: 'bare',
      disk_format: 'raw',
    });
    await this.#services.image.client.send(
      'PUT',
      `${this.#services.image.path}/images/${image['id']}/file`,
      Buffer.alloc(65_536),
      { 'content-type': 'application/octet-stream' },
    );
    const { network } = await this.#ask('network', 'POST', '/networks', {
      network: { name: `bench-${mark}` },
    });
    await this.#ask('network', 'POST', '/subnets', {
      subnet: { network_id: network.id, ip_version: 4, cidr: '10.131.0.0/16' },
    });
    this.#parts = {
      imageRef: image['id'],
      flavorRef: this.#flavors[0]!,
      networkId: network.id,
    };
  }

  async #ask(
    service: ServiceName,
    method: string,
    path: string,
    body?: unknown,
  ): Promise<Document> {
    const { client, path: root } = this.#services[service];
    const { text } = await client.call(method, root + path, body);
    return text === '' ? {} : (JSON.parse(text) as Document);
  }
}
