/**
 * Writes `src/ovn/models/`: row types and column lists from the `.ovsschema` files of OVN, Open vSwitch and
 * ours. Run it with `npm run generate` when one of them changed.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

interface BaseType {
  type: string;
  enum?: unknown;
  minInteger?: number;
  maxInteger?: number;
  refTable?: string;
  refType?: string;
}
interface ColumnType {
  key: string | BaseType;
  value?: string | BaseType;
  min?: number;
  max?: number | 'unlimited';
}
interface Schema {
  name: string;
  version: string;
  tables: Record<
    string,
    { columns: Record<string, { type: string | ColumnType }>; isRoot?: boolean }
  >;
}

const root = path.resolve(import.meta.dirname, '..');
const SOURCES = [
  { file: 'northbound', type: 'Northbound', schema: '/usr/share/ovn/ovn-nb.ovsschema' },
  { file: 'southbound', type: 'Southbound', schema: '/usr/share/ovn/ovn-sb.ovsschema' },
  { file: 'open-vswitch', type: 'OpenVSwitch', schema: '/usr/share/openvswitch/vswitch.ovsschema' },
  { file: 'ovenbird', type: 'Ovenbird', schema: path.join(root, 'src/host/ovenbird.ovsschema') },
];

const baseOf = (type: string | BaseType): BaseType => (typeof type === 'string' ? { type } : type);

function atomType(type: string | BaseType): string {
  const base = baseOf(type);
  if (base.enum !== undefined) {
    const values =
      Array.isArray(base.enum) && base.enum[0] === 'set'
        ? (base.enum[1] as unknown[])
        : [base.enum];
    return values.map((value) => JSON.stringify(value)).join(' | ');
  }
  return { integer: 'number', real: 'number', boolean: 'boolean' }[base.type] ?? 'string';
}

function columnType(type: string | ColumnType): string {
  if (typeof type === 'string') return atomType(type);
  const { key, value, min = 1, max = 1 } = type;
  if (value !== undefined) {
    const keys = baseOf(key).enum === undefined ? 'string' : atomType(key);
    const record = `Record<${keys}, ${atomType(value)}>`;
    return keys === 'string' ? `Readonly<${record}>` : `Readonly<Partial<${record}>>`;
  }
  const atom = atomType(key);
  if (min === 1 && max === 1) return atom;
  return `readonly ${atom.includes(' ') ? `(${atom})` : atom}[]`;
}

/** What the type cannot say: what a uuid points to, bounds of numbers, at most how many elements. */
function remark(type: string | ColumnType): string | undefined {
  if (typeof type === 'string') return undefined;
  const parts: string[] = [];
  for (const side of [type.key, type.value]) {
    if (side === undefined || typeof side === 'string') continue;
    if (side.refTable !== undefined)
      parts.push(`\`${side.refTable}\` (${side.refType ?? 'strong'})`);
    if (side.minInteger !== undefined || side.maxInteger !== undefined) {
      parts.push(`${side.minInteger ?? ''}…${side.maxInteger ?? ''}`);
    }
  }
  const { min = 1, max = 1 } = type;
  if (min === 0 && max === 1) parts.push('optional');
  else if (typeof max === 'number' && max > 1) parts.push(`at most ${max}`);
  return parts.length === 0 ? undefined : parts.join(', ');
}

const names = (columns: object): string[] => Object.keys(columns).toSorted();

const HEADER = '// Generated from the schema by `npm run generate`, do not edit.\n\n';
const folder = path.join(root, 'src/ovn/models');
mkdirSync(folder, { recursive: true });
const written: string[] = [];
const write = (name: string, text: string) => {
  written.push(path.join(folder, name));
  writeFileSync(path.join(folder, name), HEADER + text);
};

const generated = SOURCES.filter(
  ({ schema }) => existsSync(schema) || (schema.startsWith(root) ? false : fail(schema)),
).map((source) => {
  const schema = JSON.parse(readFileSync(source.schema, 'utf8')) as Schema;
  const tables = Object.entries(schema.tables).toSorted(([a], [b]) => (a < b ? -1 : 1));
  let text = `/** Rows of ${schema.name}, schema version ${schema.version}. */\n\n`;
  for (const [table, { columns, isRoot }] of tables) {
    text += `/** ${isRoot === true ? 'Lives by itself.' : 'Lives as long as another row refers to it.'} */\n`;
    text += `export type ${table.replaceAll('_', '')}Row = {\n  readonly _uuid: string;\n`;
    for (const column of names(columns)) {
      const { type } = columns[column]!;
      const note = remark(type);
      if (note !== undefined) text += `  /** ${note} */\n`;
      text += `  readonly ${column}: ${columnType(type)};\n`;
    }
    text += '};\n\n';
  }
  text += `/** Tables of ${schema.name}. */\nexport type ${source.type} = {\n`;
  for (const [table] of tables) text += `  readonly ${table}: ${table.replaceAll('_', '')}Row;\n`;
  text += `};\n\n/** What the types above were made from, to tell which columns an older server lacks. */\n`;
  text += `export const model = {\n  database: '${schema.name}',\n  version: '${schema.version}',\n  columns: {\n`;
  for (const [table, { columns }] of tables)
    text += `    ${table}: ${JSON.stringify(names(columns))},\n`;
  text += '  },\n} as const;\n';
  write(`${source.file}.ts`, text);
  return { ...source, name: schema.name };
});

let index = '';
/** The model's name in code: its type's, beginning small. */
const variable = (type: string): string => type.charAt(0).toLowerCase() + type.slice(1);

for (const { file, type } of generated) {
  index += `import { model as ${variable(type)} } from './${file}.ts';\nimport type { ${type} } from './${file}.ts';\n`;
}
index += `\nexport type { ${generated.map(({ type }) => type).join(', ')} };\n`;
index += '\n/** Tables and their rows by database. */\nexport interface Databases {\n';
for (const { name, type } of generated) index += `  readonly ${name}: ${type};\n`;
index += '}\n\n/** Columns that our types know, by database and table. */\n';
index += 'export const models: Readonly<Record<string, Model>> = {\n';
for (const { name, type } of generated) index += `  ${name}: ${variable(type)},\n`;
index +=
  '};\n\nexport interface Model {\n  readonly database: string;\n  readonly version: string;\n';
index += '  readonly columns: Readonly<Record<string, readonly string[]>>;\n}\n';
write('index.ts', index);
execFileSync(path.join(root, 'node_modules/.bin/oxfmt'), written, { cwd: root, stdio: 'inherit' });

function fail(schema: string): never {
  throw new Error(
    `${schema} is missing: install ovn-central and openvswitch-common (sh scripts/setup.sh)`,
  );
}
