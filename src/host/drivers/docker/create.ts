import type { Logger } from '../../../core/log.ts';
import type { ServerWish } from '../../wish.ts';
import type { ImageSource } from '../driver.ts';
import { containerOf, firstFiles } from './container.ts';
import type { Containers } from './containers.ts';
import { EngineFault } from './engine.ts';
import { planOf } from './guest/plan.ts';
import type { ImageStore } from './image.ts';

/** Makes the containers of servers. */
export class Maker {
  readonly #containers: Containers;
  readonly #images: ImageStore;
  readonly #log: Logger;
  /** Whether the engine keeps disks within a size; found out by the first server. */
  #limitsDisk = true;

  constructor(containers: Containers, images: ImageStore, log: Logger) {
    this.#containers = containers;
    this.#images = images;
    this.#log = log;
  }

  /** Makes one that does not run yet, with its folder; does nothing to one that is there. */
  async make(
    wish: ServerWish,
    source: ImageSource,
    signal: AbortSignal,
    processors: () => Promise<number>,
  ): Promise<void> {
    const { engine, folders, owner } = this.#containers;
    const name = this.#containers.name(wish.id);
    const plan = planOf(wish.userData, wish);
    if (wish.configDrive) await folders.fillDrive(wish.id, []);
    const [folder, cpus] = await Promise.all([folders.prepare(wish.id, wish, plan), processors()]);
    for (let attempt = 1; ; attempt++) {
      const image = await this.#images.prepare(wish.image, source, signal);
      try {
        const body = containerOf(wish, image, owner, {
          folder,
          cpus,
          drive: wish.configDrive ? folders.drive(wish.id) : undefined,
          hostname: plan.hostname,
          limitsDisk: this.#limitsDisk,
        });
        await engine.json({
          method: 'POST',
          path: '/containers/create',
          query: { name },
          body,
          accept: [409], // the name is taken: by an earlier attempt of ours
          signal,
          what: 'making the container',
        });
        await this.#containers.fill(name, firstFiles(wish, image.user, !plan.isEmpty));
        return;
      } catch (error) {
        if (
          this.#limitsDisk &&
          error instanceof EngineFault &&
          /storage[- ]opt/i.test(error.message)
        ) {
          this.#limitsDisk = false;
          this.#log.info({ reason: error.message }, 'disks of servers are not limited here');
          continue;
        }
        const imageIsGone =
          error instanceof EngineFault && error.status === 404 && /image/i.test(error.message);
        if (!imageIsGone || attempt > 1) throw error;
        this.#images.forget(wish.image);
      }
    }
  }
}
