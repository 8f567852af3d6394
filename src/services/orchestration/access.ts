import { Fault } from '../../core/errors.ts';
import type { Caller, Rights } from '../identity/index.ts';
import type { Operation, ServiceName } from '../operation.ts';
import type { Cloud } from './cloud.ts';

/** Asks a service of the cloud in process; `http` gives it. */
export type Dispatch = (
  caller: Caller,
  request: {
    readonly service: ServiceName;
    readonly method: Operation['method'];
    readonly path: string;
    readonly query?: Readonly<Record<string, string | readonly string[]>> | undefined;
    readonly body?: unknown;
    readonly microversion?: string | undefined;
    readonly intendedId?: string | undefined;
  },
) => Promise<{ readonly status: number; readonly body: unknown }>;

/** What of identity is needed to act for somebody. */
export interface Delegate {
  actFor(rights: Rights): Promise<Caller | undefined>;
}

/** The cloud with the rights of whoever asked for a stack, as they are at the time of each request. */
export function cloudFor(delegate: Delegate, dispatch: Dispatch, rights: Rights): Cloud {
  return {
    projectId: rights.projectId,
    userId: rights.userId,
    async request(service, method, path, request = {}) {
      const caller = await delegate.actFor(rights);
      if (caller === undefined) {
        throw new Fault(
          'forbidden',
          `The user ${rights.userId} may no longer do in project ${rights.projectId} what this stack needs: a role was taken away, or user, project or credential is gone or disabled. Update the stack as somebody who may.`,
        );
      }
      try {
        return await dispatch(caller, { service, method, path, ...request });
      } catch (error) {
        const { intendedId } = request;
        if (intendedId === undefined || method !== 'POST') throw error;
        // Refused because it is there already: the answer to the first request was lost in a crash.
        const id = service === 'identity' ? intendedId.replaceAll('-', '') : intendedId;
        try {
          return await dispatch(caller, {
            ...request,
            service,
            method: 'GET',
            path: `${path}/${id}`,
            body: undefined,
            intendedId: undefined,
          });
        } catch {
          throw error;
        }
      }
    },
  };
}
