import type { ControlPlane } from '../control-plane.ts';
import type { Driver } from '../drivers/driver.ts';
import { definite } from '../fault.ts';
import { imageWish } from '../rows.ts';
import type { Question } from './console.ts';

/** Longest that an image may be on its way, in milliseconds. */
const PATIENCE = 60 * 60 * 1000;

/** Brings an image here before a server needs it; one that is here already is left alone. */
export async function cacheImage(
  { arguments: image }: Pick<Question, 'arguments'>,
  driver: Driver,
  controlPlane: Pick<ControlPlane, 'image'>,
): Promise<void> {
  if (driver.cacheImage === undefined)
    throw definite(`the driver ${driver.name} of this host keeps no images`);
  await driver.cacheImage(
    imageWish(image),
    (id, signal) => controlPlane.image(id, signal),
    AbortSignal.timeout(PATIENCE),
  );
}
