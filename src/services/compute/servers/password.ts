import { Type } from 'typebox';
import { hashForShadow } from '../../../core/crypt.ts';
import { messageOf } from '../../../core/errors.ts';
import { transact } from '../../../database/database.ts';
import { finishEvents } from '../instance_actions/model.ts';
import type { Action } from './actions.ts';
import { administratorOf } from './rules.ts';

/** Sets a password in a running server: the host is told its hash, and says whether it could. */
export const changePassword: Action = {
  summary: "Set the password of a server's administrator (image property `os_admin_user`, or root)",
  schema: Type.Object(
    { adminPass: Type.String({ maxLength: 255 }) },
    { additionalProperties: false },
  ),
  name: 'changePassword',
  capability: 'password',
  vmStates: () => ['active'],
  event: 'compute_set_admin_password',
  // The host's answer ends it.
  staysOpen: true,
  apply: () => undefined,
  async afterwards({ console, database }, { server, argument }) {
    const { adminPass } = argument as { adminPass: string };
    const finish = (result: 'Success' | 'Error', details?: string) =>
      transact(database, (transaction) => finishEvents(transaction, server.id, result, details));
    try {
      await console.ask(server, 'password', {
        user: administratorOf(server.image),
        hash: hashForShadow(adminPass),
      });
    } catch (error) {
      await finish('Error', messageOf(error));
      throw error;
    }
    await finish('Success');
  },
};
