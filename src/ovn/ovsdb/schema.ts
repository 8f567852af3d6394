import { OvsdbError } from './error.ts';

export type AtomType = 'integer' | 'real' | 'boolean' | 'string' | 'uuid';

/** A column of the server's schema (RFC 7047 §3.2), reduced to what a client needs. */
export interface Column {
  readonly table: string;
  readonly name: string;
  readonly key: AtomType;
  /** Present in map columns. */
  readonly value: AtomType | undefined;
  readonly min: number;
  readonly max: number;
  /** `scalar` has exactly one element; `set` any other number, optionals included. */
  readonly kind: 'scalar' | 'set' | 'map';
  readonly mutable: boolean;
  /** Table that the uuids of `key` or `value` refer to. */
  readonly reference: { readonly table: string; readonly strong: boolean } | undefined;
}

export interface Table {
  readonly name: string;
  /** Rows of other tables vanish when nothing refers to them any more. */
  readonly root: boolean;
  readonly columns: ReadonlyMap<string, Column>;
}

/** A database's schema as the server gave it. */
export interface Schema {
  readonly name: string;
  readonly version: string;
  readonly tables: ReadonlyMap<string, Table>;
}

interface BaseTypeJson {
  type: AtomType;
  refTable?: string;
  refType?: 'strong' | 'weak';
}
type TypeJson =
  | AtomType
  | {
      key: AtomType | BaseTypeJson;
      value?: AtomType | BaseTypeJson;
      min?: number;
      max?: number | 'unlimited';
    };
interface SchemaJson {
  name: string;
  version: string;
  tables: Record<
    string,
    { columns: Record<string, { type: TypeJson; mutable?: boolean }>; isRoot?: boolean }
  >;
}

/** Reads the reply to `get_schema` or the content of an `.ovsschema` file. */
export function readSchema(json: unknown): Schema {
  const { name, version, tables } = json as SchemaJson;
  if (typeof name !== 'string' || typeof tables !== 'object') {
    throw new OvsdbError('bad message', 'the schema has no name or no tables');
  }
  // Databases whose tables all lack "isRoot" are older than that notion: all their tables are roots (RFC 7047 §3.2).
  const anyRoot = Object.values(tables).some((table) => table.isRoot === true);
  return {
    name,
    version,
    tables: new Map(
      Object.entries(tables).map(([table, { columns, isRoot }]) => [
        table,
        {
          name: table,
          root: isRoot === true || !anyRoot,
          columns: new Map(
            Object.entries(columns).map(([column, { type, mutable }]) => [
              column,
              readColumn(table, column, type, mutable !== false),
            ]),
          ),
        },
      ]),
    ),
  };
}

function readColumn(table: string, name: string, json: TypeJson, mutable: boolean): Column {
  const type = typeof json === 'string' ? { key: json } : json;
  const key: BaseTypeJson = typeof type.key === 'string' ? { type: type.key } : type.key;
  const value: BaseTypeJson | undefined =
    typeof type.value === 'string' ? { type: type.value } : type.value;
  const min = type.min ?? 1;
  const max = type.max === 'unlimited' ? Number.POSITIVE_INFINITY : (type.max ?? 1);
  const referrer = value?.refTable === undefined ? key : value;
  return {
    table,
    name,
    key: key.type,
    value: value?.type,
    min,
    max,
    kind: value !== undefined ? 'map' : min === 1 && max === 1 ? 'scalar' : 'set',
    mutable,
    reference:
      referrer.refTable === undefined
        ? undefined
        : { table: referrer.refTable, strong: referrer.refType !== 'weak' },
  };
}

/** The table's description; an `OvsdbError` names it when the server has none such. */
export function tableOf(schema: Schema, table: string): Table {
  const found = schema.tables.get(table);
  if (found === undefined) {
    throw new OvsdbError('unknown table', `${schema.name} ${schema.version} has no table ${table}`);
  }
  return found;
}

const UUID: Column = {
  table: '',
  name: '_uuid',
  key: 'uuid',
  value: undefined,
  min: 1,
  max: 1,
  kind: 'scalar',
  mutable: false,
  reference: undefined,
};

/** The column's description, `_uuid` and `_version` included; an `OvsdbError` names it when the server has none such. */
export function columnOf(schema: Schema, table: string, column: string): Column {
  const found = tableOf(schema, table).columns.get(column);
  if (found !== undefined) return found;
  if (column === '_uuid' || column === '_version') return { ...UUID, table, name: column };
  throw new OvsdbError(
    'unknown column',
    `${schema.name} ${schema.version} has no column ${table}.${column}; perhaps its server is older than this needs`,
  );
}
