import { definite } from '../../fault.ts';
import type { ServerWish } from '../../wish.ts';
import { containerOf, firstFiles, type InspectedContainer } from './container.ts';
import type { Containers } from './containers.ts';
import { rescueOf } from './folder.ts';
import { planOf } from './guest/plan.ts';
import type { ReadyImage } from './image.ts';

/**
 * What a container runs as while its server is rescued: the rescue image's own program with root's new password, with
 * nothing of the server's user data.
 */
export const rescueWish = (wish: ServerWish): ServerWish => ({
  ...wish,
  image: wish.rescue?.image ?? wish.image,
  command: undefined,
  entrypoint: undefined,
  environment: {},
  workingDirectory: undefined,
  tty: false,
  userData: undefined,
  passwordHash: wish.rescue?.passwordHash,
});

/**
 * The container that stands in for a rescued server. It sees the server's root file system at `/mnt`, which the engine
 * keeps mounted while the server's own container runs; that waits at its gate meanwhile and never gets further.
 */
export class Rescue {
  readonly #containers: Containers;

  constructor(containers: Containers) {
    this.#containers = containers;
  }

  /** Makes it; the server's own container is held at its gate already. */
  async make(wish: ServerWish, image: ReadyImage, cpus: number): Promise<void> {
    const { engine, folders, owner } = this.#containers;
    const inside = rescueWish(wish);
    const plan = planOf(undefined, inside);
    const folder = await folders.prepare(rescueOf(wish.id), wish, plan);
    const rescued = await this.#rootOf(wish.id);
    const body = containerOf({ ...inside, image: wish.image }, image, owner, {
      folder,
      cpus,
      rescued,
      ...(wish.configDrive ? { drive: folders.drive(wish.id) } : {}),
    });
    const name = this.#containers.rescueName(wish.id);
    await engine.json({
      method: 'POST',
      path: '/containers/create',
      query: { name },
      body,
      accept: [409], // the name is taken: by an earlier attempt of ours
      what: 'making the rescue container',
    });
    await this.#containers.fill(name, firstFiles(wish, image.user, !plan.isEmpty));
  }

  /** Removes it; the server's own container may then run again. */
  async remove(serverId: string): Promise<void> {
    const { engine, folders } = this.#containers;
    const isOurs = (await this.#containers.inspect(serverId))?.rescue !== undefined;
    if (isOurs)
      await engine.json({
        method: 'DELETE',
        path: `/containers/${this.#containers.rescueName(serverId)}`,
        query: { force: true, v: true },
        accept: [404],
        timeout: 120_000,
        what: 'removing the rescue container',
      });
    await engine.json({
      method: 'POST',
      path: `/containers/${this.#containers.name(serverId)}/kill`,
      accept: [404, 409], // it does not run
      what: 'letting the container go',
    });
    await folders.remove(rescueOf(serverId));
  }

  async #rootOf(serverId: string): Promise<string> {
    const container = await this.#containers.engine.json<InspectedContainer>({
      path: `/containers/${this.#containers.name(serverId)}/json`,
      what: 'looking at the container',
    });
    const driver = container?.GraphDriver;
    const folder = driver?.Data?.['MergedDir'];
    if (folder === undefined) {
      throw definite(
        `servers of this host cannot be rescued: the engine's storage driver ${driver?.Name ?? ''} does not say where their files are`,
      );
    }
    return folder;
  }
}
