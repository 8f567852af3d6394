import { Type } from 'typebox';
import { policyForbids, unexpectedMember } from '../errors.ts';
import { has } from '../microversions.ts';
import type { Action } from './actions.ts';
import { Nothing } from './nothing.ts';

/** Who may change a server. */
export const LOCK_ACTIONS: Readonly<Record<string, Action>> = {
  lock: {
    summary: 'Let only administrators change a server',
    schema: Type.Union([
      Type.Null(),
      Type.Object(
        { locked_reason: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })) },
        { additionalProperties: false },
      ),
    ]),
    name: 'lock',
    evenLocked: true,
    event: 'api_lock',
    apply({ request, server, argument }) {
      const reason = (argument as { locked_reason?: string } | null)?.locked_reason;
      if (reason !== undefined && !has(request.microversion, 'serverLockedReason'))
        throw unexpectedMember('locked_reason', 'field/attribute lock');
      // Who locked it first keeps it; an administrator outranks the owner.
      const by =
        request.caller.isAdmin && server.project_id !== request.caller.projectId
          ? 'admin'
          : 'owner';
      return { locked_by: server.locked_by ?? by, locked_reason: reason ?? null };
    },
  },
  unlock: {
    summary: 'Let the owner change a server again',
    schema: Nothing,
    name: 'unlock',
    evenLocked: true,
    event: 'api_unlock',
    apply({ request, server }) {
      if (server.locked_by === 'admin' && !request.caller.isAdmin)
        throw policyForbids('os-lock-server:unlock:unlock_override');
      return { locked_by: null, locked_reason: null };
    },
  },
};
