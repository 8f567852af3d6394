import type { ControlPlane } from '../control-plane.ts';
import type { Driver } from '../drivers/driver.ts';
import { definite } from '../fault.ts';
import type { Question } from './console.ts';

/** Sets a password in a server; the answer is empty. The arguments have its hash only. */
export async function setPassword(
  { id, serverId, replyTo, arguments: given }: Question,
  driver: Driver,
  controlPlane: ControlPlane,
): Promise<void> {
  const { user, hash } = given;
  if (!user || !hash || !/^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/.test(user) || /[:\s\\]/.test(hash)) {
    throw definite(`task ${id} does not say whose password is to be what`);
  }
  if (driver.setPassword === undefined) {
    throw definite(`the driver ${driver.name} of this host sets no passwords`);
  }
  await driver.setPassword(serverId, user, hash);
  await controlPlane.deliver(replyTo, Buffer.from('done'));
}
