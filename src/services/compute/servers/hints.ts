import { badRequest } from '../../../core/errors.ts';
import { isUuid } from '../../../core/ids.ts';
import type { OperationRequest } from '../../operation.ts';
import type { ComputeContext } from '../context.ts';
import { findServerGroup, type ServerGroup } from '../server_groups/model.ts';
import type { CreateServer } from './schemas.ts';

/** What scheduler hints of a new server mean here; hints that nobody knows are let through, as in Nova. */
export interface Hints {
  readonly group: ServerGroup | undefined;
  readonly sameHost: readonly string[];
  readonly differentHost: readonly string[];
}

type Given = Readonly<Record<string, unknown>>;

/** One id or a list of them. */
function idsOf(given: Given, name: string): string[] {
  const value = given[name];
  if (value === undefined) return [];
  const ids = Array.isArray(value) ? value : [value];
  const wrong = ids.find((id) => typeof id !== 'string' || !isUuid(id));
  if (wrong !== undefined)
    throw badRequest(
      `Invalid input for field/attribute ${name}. Value: ${JSON.stringify(wrong).slice(0, 100)}. It must be the UUID of a server, or a list of them.`,
    );
  return ids as string[];
}

/** The hints of a body: beside `server` under either of their names, or within it. */
export async function readHints(
  { database }: Pick<ComputeContext, 'database'>,
  request: OperationRequest,
  body: Readonly<Record<string, unknown>> & { readonly server: CreateServer },
): Promise<Hints> {
  const names = ['os:scheduler_hints', 'OS-SCH-HNT:scheduler_hints'] as const;
  const found = names.map((name) => body[name] ?? body.server[name]).find(Boolean);
  const given = (found ?? {}) as Given;
  const { group: groupId } = given;
  let group: ServerGroup | undefined;
  if (groupId !== undefined) {
    if (typeof groupId !== 'string' || !isUuid(groupId))
      throw badRequest(
        `Invalid input for field/attribute group. Value: ${JSON.stringify(groupId).slice(0, 100)}. It must be the UUID of a server group.`,
      );
    group = await findServerGroup(database, request.caller, groupId);
    if (!group) throw badRequest(`Instance group ${groupId} could not be found.`);
  }
  return {
    group,
    sameHost: idsOf(given, 'same_host'),
    differentHost: idsOf(given, 'different_host'),
  };
}
