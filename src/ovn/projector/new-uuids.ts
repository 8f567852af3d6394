import { randomUUID } from 'node:crypto';

/**
 * Uuids of rows to be inserted. An owner's uuids stay the same until its transaction has a known outcome: should one
 * whose reply was lost turn out to be committed, the next one fails instead of making the rows a second time.
 * Then they are forgotten: to give a deleted row's uuid to a new row crashes ovsdb-server 3.1 when weak
 * references point to it.
 */
export class NewUuids {
  readonly #uuids = new Map<string, Map<string, string>>();

  /** `row` names the row among those of its owner. */
  of(owner: string, row: string): string {
    let rows = this.#uuids.get(owner);
    if (rows === undefined) this.#uuids.set(owner, (rows = new Map()));
    let uuid = rows.get(row);
    if (uuid === undefined) rows.set(row, (uuid = randomUUID()));
    return uuid;
  }

  forget(owner: string): void {
    this.#uuids.delete(owner);
  }
}
