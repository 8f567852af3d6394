/** Stands for the uuid that a row inserted in the same transaction will get (RFC 7047 §5.1 `named-uuid`). */
export class NamedUuid {
  readonly name: string;

  constructor(name: string) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
      throw new TypeError(`"${name}" cannot name a row: letters, digits and _ only`);
    this.name = name;
  }
}

/** Refers to the row that `insert(table, row, name)` makes in the same transaction. */
export const named = (name: string): NamedUuid => new NamedUuid(name);

/** One element: uuids are strings. */
export type Atom = string | number | boolean;

/**
 * What callers write into a column: a scalar, a set as array (an optional may be the scalar itself; null or an
 * empty array is empty), a map as record or Map. The column's type in the server's schema says which it becomes.
 */
export type Value =
  | Atom
  | NamedUuid
  | null
  | readonly (Atom | NamedUuid)[]
  | ReadonlySet<Atom>
  | Readonly<{ [key: string]: Atom | NamedUuid }>
  | ReadonlyMap<string | number, Atom | NamedUuid>;

/** What the mirror and `select` give: scalars, sets as arrays (an optional has 0 or 1 elements), maps as records. */
export type PlainValue = Atom | readonly Atom[] | Readonly<Record<string, Atom>>;
