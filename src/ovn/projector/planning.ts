import type { DesiredRow, DesiredState, LiveRow, Membership, Reference } from '../desired.ts';
import { Draft } from './draft.ts';
import { compareRow, type RowDifference } from './compare-row.ts';
import { needsOf, referencesOf, type Need } from '../reference.ts';
import type { LiveView } from './live-view.ts';
import type { Plan } from './plan.ts';
import type { NewUuids } from './new-uuids.ts';
import { columnOf, tableOf } from '../ovsdb/schema.ts';

/** A desired row and the live row that it is matched with. */
interface Match {
  readonly owner: string;
  readonly desired: DesiredRow;
  readonly live: LiveRow | undefined;
  /** Of the live row, or of the one to be inserted. */
  readonly uuid: string;
}

interface Doomed {
  readonly owner: string;
  readonly table: string;
  readonly row: LiveRow;
}

/** Stands for a row that is not there, in the differences of owners set aside. */
const NOWHERE = '00000000-0000-0000-0000-000000000000';

const idOf = (table: string, key: string): string => `${table}\n${key}`;

/** One comparison; see `plan`. */
export class Planning {
  readonly #view: LiveView;
  readonly #desired: DesiredState;
  readonly #uuids: NewUuids;
  readonly #failed: Map<string, Error>;
  readonly #matches = new Map<string, Match>();
  readonly #doomed = new Map<string, Doomed>();
  readonly #blocked = new Map<string, Need[]>();
  readonly #draft: Draft;

  constructor(view: LiveView, desired: DesiredState, uuids: NewUuids, failed: Map<string, Error>) {
    this.#view = view;
    this.#desired = desired;
    this.#uuids = uuids;
    this.#failed = failed;
    this.#draft = new Draft();
  }

  run(): Plan {
    for (const [owner, rows] of this.#desired) for (const row of rows) this.#match(owner, row);
    this.#doom();
    this.#block();
    for (const match of this.#matches.values()) this.#guard(match.owner, () => this.#write(match));
    for (const doomed of this.#doomed.values()) this.#remove(doomed);
    return { ...this.#draft.result(), blocked: this.#blocked, failed: this.#failed };
  }

  #good(owner: string): boolean {
    return !this.#failed.has(owner) && !this.#blocked.has(owner);
  }

  #guard(owner: string, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#failed.set(owner, error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** Finds the live row that a desired one is about; leftovers with the same key go. */
  #match(owner: string, desired: DesiredRow): void {
    const { table, key } = desired;
    this.#view.learn(desired);
    if (!this.#view.knows(table)) {
      this.#failed.set(
        owner,
        new Error(`the projection of ${this.#view.projection.database} has no table ${table}`),
      );
      return;
    }
    const id = idOf(table, key);
    const other = this.#matches.get(id);
    if (other !== undefined) {
      this.#failed.set(
        owner,
        new Error(`${table} "${key}" is wanted twice: by ${owner} and by ${other.owner}`),
      );
      return;
    }
    const ours = this.#view
      .byKey(table, key)
      .map((row) => ({ row, owner: this.#view.ownerOf(table, row) }))
      .filter((candidate) => candidate.owner !== undefined);
    const live =
      (ours.find((candidate) => candidate.owner === owner) ?? ours[0])?.row ??
      this.#view.remembered(owner, desired, this.#desired.get(owner)!);
    this.#matches.set(id, {
      owner,
      desired,
      live,
      uuid: live?._uuid ?? this.#uuids.of(owner, id),
    });
    for (const { row } of ours)
      if (row !== live) this.#doomed.set(row._uuid, { owner, table, row });
  }

  /** Rows that an owner has and should not have. */
  #doom(): void {
    const kept = new Set<string>();
    for (const { live } of this.#matches.values()) if (live !== undefined) kept.add(live._uuid);
    for (const owner of this.#desired.keys()) {
      for (const { table, row } of this.#view.ofOwner(owner)) {
        if (!kept.has(row._uuid)) this.#doomed.set(row._uuid, { owner, table, row });
      }
    }
  }

  /** Sets owners aside that need what is not there, and then those that need what would have been theirs. */
  #block(): void {
    const dependents = new Map<string, Set<string>>();
    const aside: string[] = [...this.#failed.keys()];
    for (const { owner, desired } of this.#matches.values()) {
      for (const { table, key } of needsOf(desired)) {
        const id = idOf(table, key);
        dependents.set(id, (dependents.get(id) ?? new Set()).add(owner));
        if (this.#resolve(table, key) !== undefined) continue;
        if (!this.#blocked.has(owner)) aside.push(owner);
        this.#blocked.set(owner, [...(this.#blocked.get(owner) ?? []), { table, key }]);
      }
    }
    const rowsOf =
      aside.length === 0 ? undefined : Map.groupBy(this.#matches.values(), ({ owner }) => owner);
    for (let owner = aside.pop(); owner !== undefined; owner = aside.pop()) {
      for (const { live, desired } of rowsOf?.get(owner) ?? []) {
        if (live !== undefined) continue;
        for (const dependent of dependents.get(idOf(desired.table, desired.key)) ?? []) {
          if (dependent === owner || this.#failed.has(dependent)) continue;
          if (!this.#blocked.has(dependent)) aside.push(dependent);
          this.#blocked.set(dependent, [
            ...(this.#blocked.get(dependent) ?? []),
            { table: desired.table, key: desired.key },
          ]);
        }
      }
    }
  }

  /** The uuid of a row that is live or will be inserted; undefined when there is no such row. */
  #resolve(table: string, key: string): string | undefined {
    const match = this.#matches.get(idOf(table, key));
    if (match !== undefined)
      return match.live !== undefined || this.#good(match.owner) ? match.uuid : undefined;
    const live = this.#view.byKey(table, key).find(({ _uuid }) => {
      const doomed = this.#doomed.get(_uuid);
      return doomed === undefined || !this.#good(doomed.owner);
    });
    return live?._uuid;
  }

  /** For the differences of owners set aside: what they wait for has no uuid yet. */
  #resolveOr = ({ ref }: Reference): string => this.#resolve(ref.table, ref.key) ?? NOWHERE;

  #write(match: Match): void {
    const { owner, desired, live, uuid } = match;
    const { table, key } = desired;
    const { schema } = this.#view;
    const draft = this.#good(owner) ? this.#draft : this.#draft.differencesOnly();
    const joins = this.#joins(desired, live);
    if (live === undefined) {
      if (!tableOf(schema, table).root && joins.length === 0 && !this.#referenced(table, key)) {
        throw new Error(
          `${table} "${key}" would vanish at once: nothing refers to it and it has no parents`,
        );
      }
      const { columns } = compareRow(schema, desired, undefined, this.#resolveOr);
      draft.insert(owner, desired, uuid, columns);
    } else {
      const difference = compareRow(schema, desired, live, this.#resolveOr);
      draft.update(owner, desired, live, {
        ...difference,
        shown: this.#disclose(difference.shown),
      });
      for (const { table: parentTable, column, uuid } of this.#leaves(desired, live)) {
        draft.leave(
          owner,
          desired,
          { table: parentTable, column, uuid },
          live._uuid,
          this.#view.name(parentTable, uuid),
        );
      }
    }
    for (const parent of joins) {
      const target = this.#resolve(parent.table, parent.key) ?? NOWHERE;
      draft.join(
        owner,
        desired,
        parent,
        { uuid: target, isNew: this.#isNew(parent) },
        { uuid, isNew: live === undefined },
      );
    }
  }

  #disclose(shown: RowDifference['shown']): RowDifference['shown'] {
    const hidden = this.#view.projection.undisclosed?.filter((name) => name in shown) ?? [];
    const nothing = ['(not shown)', '(not shown)'] as const;
    return { ...shown, ...Object.fromEntries(hidden.map((name) => [name, nothing])) };
  }

  /** Whether the row is made in this transaction, or waits for others. */
  #isNew({ table, key }: Need): boolean {
    const match = this.#matches.get(idOf(table, key));
    return match === undefined ? this.#resolve(table, key) === undefined : match.live === undefined;
  }

  /** Memberships that the row should have and has not. */
  #joins(desired: DesiredRow, live: LiveRow | undefined): readonly Membership[] {
    return (desired.parents ?? []).filter(({ table, key, column }) => {
      columnOf(this.#view.schema, table, column);
      if (live === undefined) return true;
      const parent = this.#resolve(table, key);
      return (
        typeof parent !== 'string' || !this.#view.parents(table, column, live._uuid).has(parent)
      );
    });
  }

  /**
   * Memberships that the row has and should not have; parents that go themselves need not be left. Somebody's own
   * group may name our ports, which is a weak reference; but what belongs into a parent of ours belongs nowhere else.
   */
  #leaves(desired: DesiredRow, live: LiveRow): { table: string; column: string; uuid: string }[] {
    const wanted = new Set(
      (desired.parents ?? []).map(
        ({ table, column, key }) => `${column}\n${this.#resolve(table, key)}`,
      ),
    );
    return this.#memberships(desired.table, live._uuid).filter(
      ({ table, column, uuid }) =>
        !wanted.has(`${column}\n${uuid}`) &&
        !this.#goes(uuid) &&
        (this.#strong(table, column) || this.#view.ownerOfUuid(table, uuid) !== undefined),
    );
  }

  #memberships(table: string, uuid: string): { table: string; column: string; uuid: string }[] {
    return this.#view.projection.memberships
      .filter(({ child }) => child === table)
      .flatMap((membership) =>
        Array.from(this.#view.parents(membership.table, membership.column, uuid), (parent) => ({
          table: membership.table,
          column: membership.column,
          uuid: parent,
        })),
      );
  }

  #strong(table: string, column: string): boolean {
    return columnOf(this.#view.schema, table, column).reference?.strong === true;
  }

  #goes(uuid: string): boolean {
    const doomed = this.#doomed.get(uuid);
    return doomed !== undefined && this.#good(doomed.owner);
  }

  #references: Set<string> | undefined;

  /** Whether a column of some desired row refers to the row. */
  #referenced(table: string, key: string): boolean {
    this.#references ??= new Set(
      [...this.#matches.values()].flatMap(({ desired }) =>
        Object.values(desired.columns).flatMap((value) =>
          referencesOf(value).map(({ ref }) => idOf(ref.table, ref.key)),
        ),
      ),
    );
    return this.#references.has(idOf(table, key));
  }

  /** Rows of root tables are deleted; others vanish when no parent has them any more. */
  #remove({ owner, table, row }: Doomed): void {
    const draft = this.#good(owner) ? this.#draft : this.#draft.differencesOnly();
    const { schema } = this.#view;
    const { root } = tableOf(schema, table);
    draft.remove(
      owner,
      table,
      this.#view.keyOf(table, row) ?? row._uuid,
      root ? row._uuid : undefined,
      this.#disclose(this.#view.heldBy(table, row)),
    );
    for (const parent of this.#memberships(table, row._uuid)) {
      // The server itself takes care of weak references.
      if (this.#strong(parent.table, parent.column) && !this.#goes(parent.uuid))
        draft.take(owner, parent, row._uuid);
    }
  }
}
