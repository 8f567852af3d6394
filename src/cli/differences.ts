/** As `src/ovn/desired.ts` describes it; `CloudEvent` is one with a time. */
export interface Difference {
  readonly owner: string;
  readonly table: string;
  readonly key: string;
  readonly change: string;
  readonly columns?: Readonly<Record<string, readonly [unknown, unknown]>>;
}

/** Characters of one value. */
const LONGEST = 160;

/** What is wrong with a row, for people: one line, and one more for each column. */
export function describeDifference(difference: Difference): string {
  const { table, key, owner, change, columns = {} } = difference;
  const row = `${table} ${key}`;
  const [where, live, desired] = membership(columns);
  const head: Record<string, string> = {
    insert: `${row} is missing`,
    update: `${row} is not as it should be`,
    delete: `${row} should not be there`,
    join: `${row} is missing from ${where} of ${desired}`,
    leave: `${row} should not be in ${where} of ${live}`,
  };
  return [
    `${head[change] ?? `${change} ${row}`}  (${owner})`,
    ...(change === 'update'
      ? Object.entries(columns).map(
          ([name, [is, should]]) => `    ${name}: ${show(is)} should be ${show(should)}`,
        )
      : change === 'delete'
        ? held(columns)
        : []),
  ].join('\n');
}

/** What was done about a difference. */
export function describeRepair(difference: Difference): string {
  const { table, key, owner, change, columns = {} } = difference;
  const row = `${table} ${key}`;
  const [where, live, desired] = membership(columns);
  const head: Record<string, string> = {
    insert: `made ${row} again`,
    update: `corrected ${row}`,
    delete: `removed ${row}`,
    join: `put ${row} back into ${where} of ${desired}`,
    leave: `took ${row} out of ${where} of ${live}`,
  };
  return [
    `${head[change] ?? `${change} ${row}`}  (${owner})`,
    ...(change === 'update'
      ? Object.entries(columns).map(
          ([name, [was, is]]) => `    ${name}: was ${show(was)}, is ${show(is)}`,
        )
      : change === 'delete'
        ? held(columns)
        : []),
  ].join('\n');
}

/** How many differences of each kind: `2 rows missing, 1 edited`. */
export function countDifferences(differences: readonly Difference[]): string {
  const words: Record<string, string> = {
    insert: 'missing',
    update: 'not as it should be',
    delete: 'too many',
    join: 'missing from a set',
    leave: 'in a wrong set',
  };
  const counts = Object.entries(words).flatMap(([change, word]) => {
    const count = differences.filter((difference) => difference.change === change).length;
    return count === 0 ? [] : [`${count} ${word}`];
  });
  const all = differences.length;
  return `${all} ${all === 1 ? 'difference' : 'differences'}: ${counts.join(', ')}`;
}

const membership = (columns: NonNullable<Difference['columns']>): [string, string, string] => {
  const [[where, [live, desired]] = ['a set', ['', '']]] = Object.entries(columns);
  return [where, String(live), String(desired)];
};

/** What the row held that is to go, without what is empty. */
const held = (columns: NonNullable<Difference['columns']>): string[] =>
  Object.entries(columns)
    .filter(([, [was]]) => !['[]', '{}', '""', 'null', undefined].includes(JSON.stringify(was)))
    .map(([name, [was]]) => `    ${name}: ${show(was)}`);

function show(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  const text = JSON.stringify(value, (_name, part: unknown) =>
    typeof part === 'object' && part !== null && 'ref' in part
      ? `the row ${Object.values(part.ref as object).join(' ')}`
      : part,
  );
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`;
}
