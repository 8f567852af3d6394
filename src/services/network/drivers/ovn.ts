import type { Logger } from '../../../core/log.ts';
import type { Projector } from '../../../ovn/desired.ts';
import type { MechanismDriver } from './mechanism.ts';

/** Makes networks of OVN: what a commit touched is in Northbound before the reply. */
export const ovnDriver = (projector: Projector, log: Logger): MechanismDriver => ({
  name: 'ovn',
  start: () => projector.start(),
  stop: () => projector.stop(),
  async postcommit({ objects }) {
    if (await projector.settled(objects)) return;
    // It is committed, so it will be written as soon as that is possible.
    log.warn({ objects: objects.slice(0, 10) }, 'Northbound did not follow in time');
  },
});
