import { definite } from '../../fault.ts';
import type { Instance } from '../driver.ts';
import type { Containers } from './containers.ts';
import { rescueOf } from './folder.ts';

/** Ends, freezes and thaws the containers of servers. */
export class Power {
  readonly #containers: Containers;

  constructor(containers: Containers) {
    this.#containers = containers;
  }

  async stop(serverId: string, seconds: number): Promise<Instance | undefined> {
    const { engine, folders } = this.#containers;
    const instance = await this.#containers.inspect(serverId);
    if (instance?.processId === undefined) return instance;
    // The engine asks nothing of processes that are frozen.
    if (instance.state !== 'running') await this.unpause(serverId);
    const name = this.#containers.nameIn(instance);
    await engine.json({
      method: 'POST',
      path: `/containers/${name}/${seconds > 0 ? 'stop' : 'kill'}`,
      ...(seconds > 0 ? { query: { t: seconds } } : {}),
      accept: [404, 409], // gone, or ended meanwhile
      timeout: (seconds + 60) * 1000,
      what: 'stopping the container',
    });
    if (seconds === 0) await this.#containers.ended(name);
    await folders.close(instance.rescue === undefined ? serverId : rescueOf(serverId));
    return this.#containers.inspect(serverId);
  }

  async pause(serverId: string): Promise<void> {
    const isFrozen = (await this.#containers.inspect(serverId))?.state === 'suspended';
    await this.#containers.folders.forgetSuspended(serverId);
    if (!isFrozen) await this.#freeze(serverId);
  }

  /** Noted before it is frozen: whatever dies in between, it counts only together with the other. */
  async suspend(serverId: string): Promise<void> {
    const instance = await this.#containers.inspect(serverId);
    if (instance?.state === 'suspended') return;
    if (instance?.run === undefined || instance.processId === undefined) {
      throw definite(`server ${serverId} does not run`);
    }
    await this.#containers.folders.noteSuspended(serverId, instance.run);
    if (instance.state === 'running') await this.#freeze(serverId);
  }

  /** Lets it go on, whether it was paused or suspended. */
  async unpause(serverId: string): Promise<void> {
    await this.#containers.folders.forgetSuspended(serverId);
    await this.#containers.engine.json({
      method: 'POST',
      path: `/containers/${await this.#containers.nameOf(serverId)}/unpause`,
      what: 'unpausing the container',
    });
  }

  async #freeze(serverId: string): Promise<void> {
    await this.#containers.engine.json({
      method: 'POST',
      path: `/containers/${await this.#containers.nameOf(serverId)}/pause`,
      what: 'pausing the container',
    });
  }
}
