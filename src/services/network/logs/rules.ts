import { sql } from 'kysely';
import { idOf } from '../attributes/body.ts';
import { badRequest, notFound } from '../../../core/errors.ts';
import { violatedConstraint } from '../../../database/database.ts';
import type { Caller } from '../../identity/caller.ts';
import { shown } from '../attributes/types.ts';
import type { Values } from '../attributes/body.ts';
import type { Change } from '../change.ts';
import type { Rules } from '../collections/operations.ts';
import { touchCovered } from './coverage.ts';
import { LOGGABLE, type LogEvent, type LogRow } from './noun.ts';

/** What a request says about a log. */
interface LogValues {
  readonly project_id: string;
  readonly name: string;
  readonly description: string;
  readonly resource_type: string;
  readonly resource_id: string | null;
  readonly target_id: string | null;
  readonly event: LogEvent;
  readonly enabled: boolean;
}

/** What a log names must be there, the caller's, and belong together. */
async function check(change: Change, caller: Caller, values: LogValues): Promise<void> {
  const { resource_type: type, resource_id: group, target_id: port } = values;
  if (!(LOGGABLE as readonly string[]).includes(type)) {
    throw badRequest(
      `Invalid log resource_type: ${shown(type)}. There are ${LOGGABLE.join(', ')}.`,
      'InvalidLogResourceType',
    );
  }
  const mine = sql`(${caller.isAdmin} or project_id = ${caller.projectId ?? ''})`;
  const { rows } = await sql<{ has_group: boolean; has_port: boolean; bound: boolean }>`select
      exists (select 1 from network.security_groups where id = ${group} and ${mine}) as has_group,
      exists (select 1 from network.ports where id = ${port} and ${mine}) as has_port,
      exists (select 1 from network.port_security_groups
        where security_group_id = ${group} and port_id = ${port}) as bound`.execute(
    change.transaction,
  );
  const [found] = rows;
  if (group !== null && !found!.has_group) throw resourceNotFound(group);
  if (port !== null && !found!.has_port) throw targetNotFound(port);
  if (group !== null && port !== null && !found!.bound) {
    throw badRequest(
      `Invalid resource constraint between resource (security_group ${group}) and target resource (port ${port}): the port does not have the group.`,
      'InvalidResourceConstraint',
    );
  }
}

const resourceNotFound = (id: string) =>
  notFound(`Resource ${id} could not be found.`, 'ResourceNotFound');
const targetNotFound = (id: string) =>
  notFound(`Target resource ${id} could not be found.`, 'TargetResourceNotFound');

async function create(change: Change, caller: Caller, raw: Values): Promise<string> {
  const values = raw as unknown as LogValues;
  await check(change, caller, values);
  const id = idOf(values);
  try {
    await sql`insert into network.logs
        (id, project_id, name, description, resource_type, resource_id, target_id, event, enabled)
      values (${id}, ${values.project_id}, ${values.name}, ${values.description}, ${values.resource_type},
        ${values.resource_id}, ${values.target_id}, ${values.event}, ${values.enabled})`.execute(
      change.transaction,
    );
  } catch (error) {
    // What it names was deleted between the look and the insertion.
    const constraint = violatedConstraint(error);
    if (constraint === 'logs_resource') throw resourceNotFound(values.resource_id!);
    if (constraint === 'logs_target') throw targetNotFound(values.target_id!);
    throw error;
  }
  await touchCovered(change, { ...values, id });
  return id;
}

async function update(change: Change, _caller: Caller, row: LogRow, raw: Values): Promise<void> {
  const {
    name = row.name,
    description = row.description,
    enabled = row.enabled,
  } = raw as Partial<LogValues>;
  await sql`update network.logs set name = ${name}, description = ${description}, enabled = ${enabled},
      revision_number = revision_number + 1, updated_at = now()
    where id = ${row.id}`.execute(change.transaction);
  if (enabled !== row.enabled) await touchCovered(change, row);
}

async function remove(change: Change, _caller: Caller, row: LogRow): Promise<void> {
  await sql`delete from network.logs where id = ${row.id}`.execute(change.transaction);
  await touchCovered(change, row);
}

export const logRules: Rules<LogRow> = { create, update, delete: remove };
