import type { OperationRequest } from '../../operation.ts';
import { liveRows, type StackView } from '../engine/view.ts';
import type { ResourceRow, StackRow } from '../tables.ts';
import { stackUrl, time } from '../stacks/view.ts';
import type { Value } from '../language/index.ts';

type Place = Pick<OperationRequest, 'serviceUrl'>;

export interface ResourceContext {
  readonly stack: StackRow;
  readonly rows: readonly ResourceRow[];
  /** The stacks behind the resources, by id. */
  readonly nested: ReadonlyMap<string, StackRow>;
}

/** Names of the resources that need each one. */
export function requiredBy(rows: readonly ResourceRow[]): Map<string, string[]> {
  const users = new Map<string, string[]>();
  for (const row of liveRows(rows).values()) {
    for (const id of row.needs) users.set(id, [...(users.get(id) ?? []), row.name]);
  }
  return users;
}

/** What lists show of a resource. */
export function summaryOf(
  place: Place,
  { stack, nested }: ResourceContext,
  row: ResourceRow,
  users: ReadonlyMap<string, readonly string[]>,
) {
  const inner = row.nested_id === null ? undefined : nested.get(row.nested_id);
  const below = `/resources/${encodeURIComponent(row.name)}`;
  return {
    resource_name: row.name,
    logical_resource_id: row.name,
    links: [
      { href: stackUrl(place, stack, below), rel: 'self' },
      { href: stackUrl(place, stack), rel: 'stack' },
      ...(inner ? [{ href: stackUrl(place, inner), rel: 'nested' }] : []),
    ],
    creation_time: time(row.created_at),
    updated_time: time(row.updated_at ?? row.created_at),
    physical_resource_id: row.physical_id ?? '',
    resource_status: `${row.action}_${row.status}`,
    resource_status_reason: row.reason,
    resource_type: row.type,
    required_by: users.get(row.id) ?? [],
    ...(stack.parent_resource === null ? {} : { parent_resource: stack.parent_resource }),
  };
}

/** A resource's attributes as they are now; those that cannot be told are null. */
export async function attributesOf(
  view: StackView,
  row: ResourceRow,
  names: readonly string[],
): Promise<Record<string, Value>> {
  const type = view.typeOf(row);
  const ask = async (name: string): Promise<Value> => {
    try {
      return (await view.attribute(row, name)) ?? null;
    } catch {
      return null;
    }
  };
  const shown: Record<string, Value> = {};
  if (type.describe && row.status !== 'IN_PROGRESS') {
    const document = await ask('show');
    if (typeof document === 'object' && document !== null && Object.keys(document).length > 0) {
      Object.assign(shown, document);
    }
  }
  const wanted =
    Object.keys(shown).length > 0 ? names : [...Object.keys(type.attributes ?? {}), ...names];
  for (const name of new Set(wanted))
    if (!Object.hasOwn(shown, name)) shown[name] = await ask(name);
  return shown;
}
