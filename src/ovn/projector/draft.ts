import type { RowDifference } from './compare-row.ts';
import type { DesiredRow, Difference, LiveRow, Membership } from '../desired.ts';
import { insert, mutate, remove, update } from '../ovsdb/operation.ts';
import type { Mutation, Operation } from '../ovsdb/operation.ts';
import type { Value } from '../ovsdb/value.ts';

/** A row's uuid, and whether this transaction makes it. */
export interface RowIdentity {
  readonly uuid: string;
  readonly isNew: boolean;
}

interface ParentRow {
  readonly table: string;
  readonly column: string;
  readonly uuid: string;
}

interface MembershipChange {
  readonly parent: ParentRow;
  readonly owners: Set<string>;
  readonly added: Set<string>;
  readonly removed: Set<string>;
}

interface Insert {
  readonly owners: Set<string>;
  readonly table: string;
  readonly row: Record<string, Value>;
  readonly uuid: string;
}

interface Written {
  readonly owners: ReadonlySet<string>;
  readonly operation: Operation;
}

/** A transaction being put together: all joins and leaves of one set column become one mutation. */
export class Draft {
  readonly #inserts = new Map<string, Insert>();
  readonly #updates: Written[] = [];
  readonly #deletes: Written[] = [];
  /** Children of rows that are new themselves: they are inserted with them. */
  readonly #children: {
    readonly owner: string;
    readonly parent: string;
    readonly column: string;
    readonly child: string;
  }[] = [];
  readonly #memberships = new Map<string, MembershipChange>();
  readonly #differences: Difference[];

  constructor(differences: Difference[] = []) {
    this.#differences = differences;
  }

  /** A draft for owners that are set aside: only their differences are kept. */
  differencesOnly(): Draft {
    return new Draft(this.#differences);
  }

  insert(
    owner: string,
    { table, key }: DesiredRow,
    uuid: string,
    columns: Readonly<Record<string, Value>>,
  ): void {
    this.#inserts.set(uuid, { owners: new Set([owner]), table, row: { ...columns }, uuid });
    this.#differences.push({ owner, table, key, change: 'insert' });
  }

  update(
    owner: string,
    { table, key }: DesiredRow,
    live: LiveRow,
    difference: RowDifference,
  ): void {
    const { columns, mutations, shown } = difference;
    if (Object.keys(shown).length === 0) return;
    const owners = new Set([owner]);
    if (Object.keys(columns).length > 0)
      this.#updates.push({ owners, operation: update(table, live._uuid, columns) });
    if (mutations.length > 0)
      this.#updates.push({ owners, operation: mutate(table, live._uuid, ...mutations) });
    this.#differences.push({ owner, table, key, change: 'update', columns: shown });
  }

  /** The child becomes an element of its parent. */
  join(
    owner: string,
    { table, key }: DesiredRow,
    membership: Membership,
    parent: RowIdentity,
    child: RowIdentity,
  ): void {
    if (!child.isNew) {
      const columns = {
        [`${membership.table}.${membership.column}`]: [undefined, membership.key] as const,
      };
      this.#differences.push({ owner, table, key, change: 'join', columns });
    }
    if (parent.isNew) {
      this.#children.push({
        owner,
        parent: parent.uuid,
        column: membership.column,
        child: child.uuid,
      });
      return;
    }
    const { column } = membership;
    const change = this.#membership({ table: membership.table, column, uuid: parent.uuid });
    change.owners.add(owner);
    change.added.add(child.uuid);
  }

  /** The child stays, but not in this parent. */
  leave(
    owner: string,
    { table, key }: DesiredRow,
    parent: ParentRow,
    child: string,
    name: string,
  ): void {
    const columns = { [`${parent.table}.${parent.column}`]: [name, undefined] as const };
    this.#differences.push({ owner, table, key, change: 'leave', columns });
    this.take(owner, parent, child);
  }

  /** Takes a child out of its parent. */
  take(owner: string, parent: ParentRow, child: string): void {
    const change = this.#membership(parent);
    change.owners.add(owner);
    change.removed.add(child);
  }

  /** `uuid`: of a row that must be deleted by itself; `held`: what it held, for people. */
  remove(
    owner: string,
    table: string,
    key: string,
    uuid: string | undefined,
    held: Difference['columns'],
  ): void {
    if (uuid !== undefined)
      this.#deletes.push({ owners: new Set([owner]), operation: remove(table, uuid) });
    this.#differences.push({ owner, table, key, change: 'delete', columns: held ?? {} });
  }

  result(): {
    operations: readonly Operation[];
    owners: readonly ReadonlySet<string>[];
    differences: readonly Difference[];
  } {
    for (const { owner, parent, column, child } of this.#children) {
      const made = this.#inserts.get(parent);
      if (made === undefined) continue;
      const children = (made.row[column] ??= []) as string[];
      children.push(child);
      made.owners.add(owner);
    }
    const written: Written[] = [
      ...Array.from(this.#inserts.values(), ({ owners, table, row, uuid }) => ({
        owners,
        operation: insert(table, row, undefined, uuid),
      })),
      ...this.#updates,
      ...Array.from(this.#memberships.values(), ({ parent, owners, added, removed }) => {
        const mutations: Mutation[] = [];
        if (removed.size > 0) mutations.push([parent.column, 'delete', [...removed]]);
        if (added.size > 0) mutations.push([parent.column, 'insert', [...added]]);
        return { owners, operation: mutate(parent.table, parent.uuid, ...mutations) };
      }),
      ...this.#deletes,
    ];
    return {
      operations: written.map(({ operation }) => operation),
      owners: written.map(({ owners }) => owners),
      differences: this.#differences,
    };
  }

  #membership(parent: ParentRow): MembershipChange {
    const id = `${parent.uuid}\n${parent.column}`;
    let change = this.#memberships.get(id);
    if (change === undefined) {
      change = { parent, owners: new Set(), added: new Set(), removed: new Set() };
      this.#memberships.set(id, change);
    }
    return change;
  }
}
