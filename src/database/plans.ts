import type pg from 'pg';

/** How often a statement must have been seen before it is worth a plan that is kept. */
const REPEATED = 3;
/** Statements that get a name, and those that are counted, in one process: a kept plan takes memory in each session. */
const NAMED = 300;
const COUNTED = 3000;

interface Statement {
  uses: number;
  name: string | undefined;
}

const statements = new Map<string, Statement>();
let named = 0;

/** The name of a statement with parameters that comes again and again; undefined for any other. */
export function nameOf(text: string): string | undefined {
  let statement = statements.get(text);
  if (statement === undefined) {
    if (statements.size >= COUNTED) return undefined;
    statement = { uses: 0, name: undefined };
    statements.set(text, statement);
  }
  if (statement.name !== undefined) return statement.name;
  statement.uses++;
  if (statement.uses < REPEATED || named >= NAMED) return undefined;
  named++;
  return (statement.name = `repeated_${named}`);
}

/**
 * Has PostgreSQL keep the plans of a session's repeated statements instead of parsing and planning them each time,
 * which for a select with several joins costs ten times what running it does. Statements without parameters, such
 * as those of migrations, stay as they are.
 */
export function keepPlans(client: pg.PoolClient): void {
  const query = client.query.bind(client) as (...parameters: unknown[]) => unknown;
  const keeping = (text: unknown, values: unknown, ...rest: unknown[]): unknown => {
    if (
      typeof text !== 'string' ||
      !Array.isArray(values) ||
      values.length === 0 ||
      rest.length > 0
    )
      return query(text, values, ...rest);
    return query({ name: nameOf(text), text, values });
  };
  client.query = keeping as typeof client.query;
}
