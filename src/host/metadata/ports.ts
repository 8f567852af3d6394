import type { Server } from 'node:http';
import type { Logger } from '../../core/log.ts';
import { run } from '../command.ts';
import { EXTERNAL_IDS, metadataNamespace, peerDevice, tapDevice } from '../names.ts';
import { isConfigured } from '../ports/commands.ts';
import { ipBatch, line, links, namedNamespace } from '../ports/ip.ts';
import type { Plugger } from '../ports/plugger.ts';
import type { Switch } from '../ports/switch.ts';
import type { MetadataWish } from '../wish.ts';
import { listenIn } from './listener.ts';
import { namespaces } from './namespaces.ts';
import type { MetadataService } from './service.ts';

/** Where servers look for their metadata: fixed by EC2, link-local (RFC 3927). */
const METADATA_ADDRESS = '169.254.169.254/32';
const DEVICE = 'meta0';

/** The metadata ports of this host: each a namespace on a network, with the service's addresses, and a listener. */
export class MetadataPorts {
  readonly #plugger: Plugger;
  readonly #switch: Switch;
  readonly #service: MetadataService;
  readonly #owner: { readonly cloudName: string; readonly host: string };
  readonly #log: Logger;
  readonly #servers = new Map<string, Server>();
  /** Network → what this agent made or found sound, so that it is not looked at at every turn. */
  readonly #known = new Map<string, string>();

  constructor(
    plugger: Plugger,
    bridge: Switch,
    service: MetadataService,
    owner: { readonly cloudName: string; readonly host: string },
    log: Logger,
  ) {
    this.#plugger = plugger;
    this.#switch = bridge;
    this.#service = service;
    this.#owner = owner;
    this.#log = log;
  }

  /** Makes a port as wished and answers on it. What an earlier agent made and is sound stays as it is. */
  async up(wish: MetadataWish): Promise<void> {
    const namespace = this.#namespace(wish.networkId);
    const signature = JSON.stringify(wish);
    const isThere = this.#switch.port(tapDevice(wish.portId)) !== undefined;
    if (isThere && this.#known.get(wish.networkId) === signature) return;
    this.#known.delete(wish.networkId);
    const externalIds = {
      [EXTERNAL_IDS.interface]: wish.portId,
      [EXTERNAL_IDS.address]: wish.mac,
      [EXTERNAL_IDS.status]: 'active',
      [EXTERNAL_IDS.metadata]: wish.networkId,
    };
    if (await this.#isSound(wish, namespace)) {
      if (!isThere)
        await this.#switch.add([{ device: tapDevice(wish.portId), externalIds }], false);
    } else {
      await this.#stop(wish.networkId);
      await this.#removeNamespace(namespace);
      await run('ip', ['netns', 'add', namespace]);
      await this.#plugger.wire([{ wire: wish, externalIds }]);
      const file = namedNamespace(namespace);
      await ipBatch([line('link', 'set', peerDevice(wish.portId), 'netns', file, 'name', DEVICE)]);
      await ipBatch(
        [
          line('link', 'set', 'lo', 'up'),
          ...[...wish.addresses, METADATA_ADDRESS].map((address) =>
            line(
              'address',
              'replace',
              address,
              'dev',
              DEVICE,
              ...(address.includes(':') ? ['nodad'] : []),
            ),
          ),
          line('link', 'set', DEVICE, 'up'),
        ],
        file,
      );
    }
    if (!this.#servers.has(wish.networkId)) {
      const server = this.#service.serve(await listenIn(namespace), wish.networkId);
      this.#servers.set(wish.networkId, server);
      this.#log.info({ network: wish.networkId, namespace }, 'metadata is answered');
    }
    this.#known.set(wish.networkId, signature);
  }

  /** Removes a network's port, namespace and listener. */
  async down(networkId: string): Promise<void> {
    await this.#stop(networkId);
    const devices = [...this.#switch.ports().values()]
      .filter(({ externalIds: ids }) => ids[EXTERNAL_IDS.metadata] === networkId)
      .map(({ device }) => device);
    await this.#plugger.unplug(devices);
    await this.#removeNamespace(this.#namespace(networkId));
  }

  /** Removes what no network of these wants. */
  async clean(networkIds: ReadonlySet<string>): Promise<void> {
    for (const { externalIds: ids } of this.#switch.ports().values()) {
      const network = ids[EXTERNAL_IDS.metadata];
      if (network !== undefined && !networkIds.has(network)) await this.down(network);
    }
    const wanted = new Set([...networkIds].map((id) => this.#namespace(id)));
    const suffix = `-${this.#owner.host}-${this.#owner.cloudName}`;
    for (const name of await namespaces()) {
      const isOurs = name.startsWith('ovnmeta-') && name.endsWith(suffix);
      // The host's name may be the end of another's: what is left must be the short id of a network.
      const isExact = /^[0-9a-f-]{13}$/.test(name.slice('ovnmeta-'.length, -suffix.length));
      if (isOurs && isExact && !wanted.has(name)) await this.#removeNamespace(name);
    }
  }

  /** Ends the listeners; ports and namespaces stay for the next agent. */
  async close(): Promise<void> {
    for (const networkId of this.#servers.keys()) await this.#stop(networkId);
  }

  async #isSound(wish: MetadataWish, namespace: string): Promise<boolean> {
    if (!(await namespaces()).includes(namespace)) return false;
    const [host, inside] = await Promise.all([
      links(),
      links(namedNamespace(namespace)).catch(() => []),
    ]);
    const link = inside.find(({ ifname }) => ifname === DEVICE);
    const shape = { ...wish, device: DEVICE, routes: [], position: 0 };
    const addresses = [...wish.addresses, METADATA_ADDRESS];
    const count = (link?.addr_info ?? []).filter(({ local }) => !local?.startsWith('fe80:')).length;
    return (
      host.some(({ ifname }) => ifname === tapDevice(wish.portId)) &&
      link?.mtu === wish.mtu &&
      count === addresses.length &&
      isConfigured({ ...shape, addresses }, link)
    );
  }

  #namespace(networkId: string): string {
    return metadataNamespace(networkId, this.#owner.host, this.#owner.cloudName);
  }

  async #stop(networkId: string): Promise<void> {
    const server = this.#servers.get(networkId);
    this.#known.delete(networkId);
    if (server === undefined) return;
    this.#servers.delete(networkId);
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  async #removeNamespace(name: string): Promise<void> {
    if ((await namespaces()).includes(name)) await run('ip', ['netns', 'delete', name]);
  }
}
