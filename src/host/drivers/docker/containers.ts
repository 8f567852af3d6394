import { definite } from '../../fault.ts';
import { containerName, LABELS, rescueName } from '../../names.ts';
import type { Instance } from '../driver.ts';
import { instanceOf, type firstFiles, type InspectedContainer, type Owner } from './container.ts';
import type { Engine } from './engine.ts';
import type { ServerFolders } from './folder.ts';
import { tarArchive } from './tar.ts';

/** The containers of one host's servers as the engine has them, found by their names and labels. */
export class Containers {
  readonly engine: Engine;
  readonly folders: ServerFolders;
  readonly owner: Owner;

  constructor(engine: Engine, folders: ServerFolders, owner: Owner) {
    this.engine = engine;
    this.folders = folders;
    this.owner = owner;
  }

  /** Ids of the servers that have one. */
  async list(): Promise<string[]> {
    const containers = await this.engine.json<{ Labels: Record<string, string> }[]>({
      path: '/containers/json',
      query: { all: true, filters: JSON.stringify({ label: this.labels() }) },
      what: 'listing the containers',
    });
    const ids = (containers ?? []).flatMap(({ Labels: labels }) => labels[LABELS.server] ?? []);
    return [...new Set(ids)];
  }

  /** What the server's container is, or the one that stands in for it while it is rescued. */
  async inspect(serverId: string): Promise<Instance | undefined> {
    const container = await this.find(serverId);
    if (container === undefined) return undefined;
    const instance = instanceOf(container);
    // The engine knows one way of being frozen; which it is stands in the server's folder.
    if (instance.state !== 'paused') return instance;
    const isSuspended = (await this.folders.suspendedRun(serverId)) === instance.run;
    return isSuspended ? { ...instance, state: 'suspended' } : instance;
  }

  /** The same in the engine's words. */
  async find(serverId: string): Promise<InspectedContainer | undefined> {
    const isRescued = await this.folders.isRescued(serverId);
    return (
      (isRescued ? await this.own(this.rescueName(serverId)) : undefined) ??
      this.own(this.name(serverId))
    );
  }

  /** What the engine says of a container of ours; undefined when there is none. */
  async own(name: string): Promise<InspectedContainer | undefined> {
    const container = await this.engine.json<InspectedContainer>({
      path: `/containers/${name}/json`,
      accept: [404],
      what: 'looking at the container',
    });
    const labels = container?.Config.Labels;
    if (
      labels !== undefined &&
      (labels[LABELS.cloud] !== this.owner.cloud || labels[LABELS.host] !== this.owner.host)
    ) {
      throw definite(`the container ${name} belongs to somebody else`);
    }
    return container;
  }

  /** Files that belong into the server's own file system, before it runs for the first time. */
  async fill(name: string, entries: ReturnType<typeof firstFiles>): Promise<void> {
    if (entries.length === 0) return;
    await this.engine.json({
      method: 'PUT',
      path: `/containers/${name}/archive`,
      query: { path: '/' },
      body: tarArchive(entries),
      what: 'writing the key pairs into the container',
    });
  }

  /** Resolves when it does not run any more. */
  async ended(name: string): Promise<void> {
    await this.engine.json({
      method: 'POST',
      path: `/containers/${name}/wait`,
      accept: [404],
      timeout: 60_000,
      what: 'waiting for the container to end',
    });
  }

  /** Name of the server's own container. */
  name(serverId: string): string {
    return containerName(serverId, this.owner.suffix);
  }

  rescueName(serverId: string): string {
    return rescueName(serverId, this.owner.suffix);
  }

  /** Of the container that an instance was told of. */
  nameIn({ serverId, rescue }: Pick<Instance, 'serverId' | 'rescue'>): string {
    return rescue === undefined ? this.name(serverId) : this.rescueName(serverId);
  }

  /** Of the container that is meant at present. */
  async nameOf(serverId: string): Promise<string> {
    return this.nameIn((await this.inspect(serverId)) ?? { serverId });
  }

  /** What all of them are labelled with. */
  labels(): string[] {
    return [`${LABELS.cloud}=${this.owner.cloud}`, `${LABELS.host}=${this.owner.host}`];
  }
}
