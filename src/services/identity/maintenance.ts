import { messageOf } from '../../core/errors.ts';
import type { IdentityContext } from './context.ts';
import { rotateKeys } from './rotation.ts';
import { disableInactive } from './users/compliance.ts';

const EVERY = 60 * 60 * 1000;
/** Age at which the primary Fernet key is replaced, in milliseconds. */
const KEY_AGE = 7 * 24 * 60 * 60 * 1000;

/** Hourly work: forgets revocations of tokens that ended by themselves, disables inactive users, rotates the keys once a week. */
export function startMaintenance(context: IdentityContext): { stop(): void } {
  const work = async () => {
    try {
      await context.tables
        .deleteFrom('identity.revoked_tokens')
        .where('expires_at', '<', new Date())
        .execute();
      await disableInactive(context);
      if (context.keys.primarySince().getTime() + KEY_AGE < Date.now()) {
        await rotateKeys(context);
        context.log.info('rotated the keys');
      }
    } catch (error) {
      context.log.warn(
        { error: messageOf(error) },
        'hourly work of identity failed; it is tried again',
      );
    }
  };
  void work();
  const timer = setInterval(() => void work(), EVERY);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
