import type { Configuration } from '../../core/configuration.ts';
import type { Logger } from '../../core/log.ts';
import { transact, type Database, type Transaction } from '../../database/database.ts';
import { sql, type Kysely } from 'kysely';
import { Attempts } from './authentication/attempts.ts';
import type { IdentityOptions } from './options.ts';
import type { IdentityTables } from './tables.ts';
import type { KeyRing } from './tokens/keys.ts';

/** Identity's own view of the database or of a transaction. */
export type Tables = Kysely<IdentityTables>;

export interface IdentityDependencies {
  readonly database: Database;
  readonly configuration: Configuration;
  readonly log: Logger;
  /** How long a token is good for, in seconds; default the option `token.expiration`. */
  readonly tokenLifetimeSeconds?: number;
}

/** What every part of identity works with. */
export interface IdentityContext {
  readonly configuration: Configuration;
  readonly options: IdentityOptions;
  readonly log: Logger;
  readonly tables: Tables;
  readonly keys: KeyRing;
  /** Seals secrets that must be read again; its keys stay for ever. */
  readonly credentialKeys: KeyRing;
  /** In milliseconds. */
  readonly tokenLifetime: number;
  readonly memory: Memory;
  /** Failures to authenticate in a row. */
  readonly attempts: Attempts;
  /**
   * Runs a change in one transaction. Its effect on tokens is immediate in this process once it resolves, and
   * within `Memory.STALE` milliseconds in other control planes.
   */
  change<T>(work: (tables: Tables) => Promise<T>): Promise<T>;
}

/** What identity remembers between requests; forgotten as a whole at any change. */
export class Memory {
  /** How long, in milliseconds, another process's change may go unnoticed. */
  static readonly STALE = 250;
  static readonly LIMIT = 20_000;
  readonly #tables: Tables;
  #values = new Map<string, unknown>();
  #generation = 0;
  #epoch = 0;
  #checkedAt = 0;
  #checking: Promise<void> | undefined;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  forget(): void {
    this.#epoch++;
    this.#values.clear();
    this.#checkedAt = 0;
  }

  /** All changes before this time are known; in milliseconds. */
  get knownAt(): number {
    return this.#checkedAt;
  }

  /** The remembered value, or what `load` gives; remembered unless something changed while it was loaded. */
  async get<T>(key: string, load: () => Promise<T>): Promise<T> {
    if (Date.now() - this.#checkedAt > Memory.STALE) await (this.#checking ??= this.#check());
    const known = this.#values.get(key);
    if (known !== undefined) return known as T;
    const epoch = this.#epoch;
    const value = await load();
    if (value !== undefined && epoch === this.#epoch) {
      if (this.#values.size >= Memory.LIMIT) this.#values.clear();
      this.#values.set(key, value);
    }
    return value;
  }

  /** Resolves when all that is remembered is as new as this call: for what must not go by an old state. */
  async fresh(): Promise<void> {
    await (this.#checking ??= this.#check());
  }

  async #check(): Promise<void> {
    const asked = Date.now();
    try {
      const { value } = await this.#tables
        .selectFrom('identity.generation')
        .select('value')
        .executeTakeFirstOrThrow();
      if (value !== this.#generation) this.forget();
      this.#generation = value;
      this.#checkedAt = asked;
    } finally {
      this.#checking = undefined;
    }
  }
}

export function createContext(
  dependencies: IdentityDependencies,
  options: IdentityOptions,
  keys: KeyRing,
  credentialKeys: KeyRing,
): IdentityContext {
  const tables = dependencies.database.withTables<IdentityTables>();
  const memory = new Memory(tables);
  return {
    configuration: dependencies.configuration,
    options,
    log: dependencies.log,
    tables,
    keys,
    credentialKeys,
    tokenLifetime: (dependencies.tokenLifetimeSeconds ?? options.token.expiration) * 1000,
    memory,
    attempts: new Attempts(),
    async change(work) {
      try {
        return await transact(dependencies.database, async (transaction: Transaction) => {
          const own: Tables = transaction.withTables<IdentityTables>();
          const result = await work(own);
          // Last: the row is locked until the commit, and all other changes wait for it.
          await own
            .updateTable('identity.generation')
            .set({ value: sql`value + 1` })
            .execute();
          return result;
        });
      } finally {
        memory.forget();
      }
    },
  };
}
