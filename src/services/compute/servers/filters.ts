import { sql, type RawBuilder } from 'kysely';
import { badRequest, forbidden } from '../../../core/errors.ts';
import { isUuid } from '../../../core/ids.ts';
import type { OperationRequest } from '../../operation.ts';
import { has, type Feature } from '../microversions.ts';
import { policy, requirePolicy } from '../policy.ts';
import { statesOf } from './status.ts';

type Condition = RawBuilder<boolean>;

/** Values of one filter → condition; undefined: no condition. The row's alias is `s`. */
type Filter = (values: readonly string[], request: OperationRequest) => Condition | undefined;

const last = (values: readonly string[]): string => values.at(-1)!;

const equals =
  (column: string): Filter =>
  (values) =>
    sql<boolean>`${sql.ref(`s.${column}`)} = ${last(values)}`;

const whole =
  (column: string): Filter =>
  (values) =>
    /^\d{1,9}$/.test(last(values))
      ? sql<boolean>`${sql.ref(`s.${column}`)} = ${Number(last(values))}`
      : sql<boolean>`false`;

/** A regular expression somewhere in the text, as the databases under Nova match it. */
const matches =
  (column: string): Filter =>
  (values) =>
    sql<boolean>`${sql.ref(`s.${column}`)} ~ ${last(values)}`;

/** The same with a time as Nova's database prints it: `2026-01-31 12:00:00`. */
const matchesTime =
  (column: string): Filter =>
  (values) =>
    sql<boolean>`to_char(${sql.ref(`s.${column}`)} at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') ~ ${last(values).replace('T', ' ').replace(/Z$/, '')}`;

const truth = (text: string): boolean => {
  if (/^(true|t|1|yes|y|on)$/i.test(text)) return true;
  if (/^(false|f|0|no|n|off|)$/i.test(text)) return false;
  throw badRequest(
    `Unrecognized value '${text.slice(0, 100)}', acceptable values are: '0', '1', 'f', 'false', 'n', 'no', 'off', 'on', 't', 'true', 'y', 'yes'`,
  );
};

function instant(name: string, text: string): Date {
  const value = new Date(/(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`);
  if (!/^\d{4}-\d\d-\d\d/.test(text) || Number.isNaN(value.getTime()))
    throw badRequest(
      `Invalid input for query parameters ${name}. Value: ${text.slice(0, 100)}. It must be a date and time of ISO 8601.`,
    );
  return value;
}

const status: Filter = (values, request) => {
  const states = values.flatMap((value) => {
    const found = statesOf(value);
    if (found === undefined && has(request.microversion, 'unknownStatusIsError'))
      throw badRequest(`Invalid status value: ${value.slice(0, 100)}`);
    return found ?? [];
  });
  if (states.some(({ vmState }) => vmState === 'deleted') && !request.caller.isAdmin)
    throw forbidden('Only administrators can list deleted instances');
  const conditions = states.map(({ vmState, tasks, not }) =>
    tasks
      ? sql<boolean>`(s.vm_state = ${vmState} and s.task_state = any(${tasks}))`
      : sql<boolean>`(s.vm_state = ${vmState} and not coalesce(s.task_state = any(${not ?? []}), false))`,
  );
  return conditions.length === 0
    ? sql<boolean>`false`
    : sql<boolean>`(${sql.join(conditions, sql` or `)})`;
};

const tagList = (values: readonly string[]): string[] => last(values).split(',');

/** A filter, who may use it and from which microversion on. Others' use is ignored, as in Nova. */
interface Definition {
  readonly filter: Filter;
  /** For others than administrators, too; or from when on. */
  readonly forAll?: true | Feature;
  readonly feature?: Feature;
}

const FILTERS: Readonly<Record<string, Definition>> = {
  name: { filter: matches('name'), forAll: true },
  display_name: { filter: matches('name') },
  status: { filter: status, forAll: true },
  flavor: { filter: equals('flavor_id'), forAll: true },
  image: {
    filter: (values) =>
      isUuid(last(values)) ? sql<boolean>`s.image_id = ${last(values)}` : sql<boolean>`false`,
    forAll: true,
  },
  reservation_id: { filter: equals('reservation_id'), forAll: true },
  'changes-since': {
    filter: (values) => sql<boolean>`s.updated_at >= ${instant('changes-since', last(values))}`,
    forAll: true,
  },
  'changes-before': {
    filter: (values) => sql<boolean>`s.updated_at <= ${instant('changes-before', last(values))}`,
    forAll: true,
    feature: 'changesBefore',
  },
  locked: {
    filter: (values) =>
      truth(last(values))
        ? sql<boolean>`s.locked_by is not null`
        : sql<boolean>`s.locked_by is null`,
    forAll: true,
    feature: 'serverLockedReason',
  },
  tags: {
    filter: (values) => sql<boolean>`s.tags @> ${tagList(values)}::text[]`,
    forAll: true,
    feature: 'serverTags',
  },
  'tags-any': {
    filter: (values) => sql<boolean>`s.tags && ${tagList(values)}::text[]`,
    forAll: true,
    feature: 'serverTags',
  },
  'not-tags': {
    filter: (values) => sql<boolean>`not s.tags @> ${tagList(values)}::text[]`,
    forAll: true,
    feature: 'serverTags',
  },
  'not-tags-any': {
    filter: (values) => sql<boolean>`not s.tags && ${tagList(values)}::text[]`,
    forAll: true,
    feature: 'serverTags',
  },
  host: { filter: equals('host') },
  node: { filter: equals('host') },
  hostname: { filter: matches('hostname'), forAll: 'serverHostnameForAll' },
  project_id: { filter: equals('project_id') },
  tenant_id: { filter: equals('project_id') },
  user_id: { filter: equals('user_id'), forAll: 'filtersForAll' },
  uuid: {
    filter: (values) => {
      const ids = values.filter(isUuid);
      return sql<boolean>`s.id = any(${ids}::uuid[])`;
    },
  },
  key_name: { filter: equals('key_name'), forAll: 'filtersForAll' },
  description: { filter: matches('description') },
  display_description: { filter: matches('description') },
  availability_zone: {
    filter: (values) => sql<boolean>`coalesce(s.availability_zone, 'nova') = ${last(values)}`,
    forAll: 'filtersForAll',
  },
  created_at: { filter: matchesTime('created_at'), forAll: 'filtersForAll' },
  launched_at: { filter: matchesTime('launched_at'), forAll: 'filtersForAll' },
  terminated_at: { filter: matchesTime('terminated_at'), forAll: 'filtersForAll' },
  progress: {
    filter: (values) =>
      sql<boolean>`(case s.vm_state when 'building' then '0' else '100' end) = ${last(values)}`,
    forAll: 'filtersForAll',
  },
  vm_state: { filter: equals('vm_state'), forAll: 'filtersForAll' },
  task_state: { filter: equals('task_state'), forAll: 'filtersForAll' },
  power_state: { filter: whole('power_state'), forAll: 'filtersForAll' },
  launch_index: { filter: whole('launch_index') },
  config_drive: {
    filter: (values) => sql<boolean>`s.config_drive = ${truth(last(values))}`,
    forAll: 'filtersForAll',
  },
  deleted: { filter: () => undefined },
};

const isForAll = ({ forAll }: Definition, { microversion }: OperationRequest): boolean =>
  forAll === true || (forAll !== undefined && has(microversion, forAll));

/** Parameters that say how rather than what, and filters that the caller of this file knows. */
const CONTROLS = new Set([
  'limit', 'marker', 'sort_key', 'sort_dir', 'all_tenants', 'ip', 'ip6',
  'root_device_name', 'kernel_id', 'ramdisk_id',
  'access_ip_v4', 'access_ip_v6', 'auto_disk_config', 'soft_deleted',
]); // prettier-ignore

/** Conditions of a list of servers: the query's, and those of what the caller may see. */
export function serverConditions(request: OperationRequest): Condition[] {
  const { caller, query } = request;
  const conditions: Condition[] = [];
  // Without a value it is asked for, too; and only with it another project's servers are.
  const everywhere =
    query['all_tenants'] !== undefined && truth(last(query['all_tenants']) || 'true');
  if (everywhere) requirePolicy('servers:index:get_all_tenants', caller);
  if (!everywhere) conditions.push(sql<boolean>`s.project_id = ${caller.projectId ?? ''}`);

  let deleted = false;
  for (const [name, values] of Object.entries(query)) {
    if (CONTROLS.has(name)) continue;
    if (!everywhere && (name === 'project_id' || name === 'tenant_id')) continue;
    const definition = Object.hasOwn(FILTERS, name) ? FILTERS[name] : undefined;
    if (!definition || (definition.feature && !has(request.microversion, definition.feature))) {
      if (has(request.microversion, 'strictQuery'))
        throw badRequest(
          `Invalid input for query parameters: Additional properties are not allowed ('${name.slice(0, 100)}' was unexpected)`,
        );
      continue;
    }
    if (!isForAll(definition, request) && !policy.allows('servers:allow_all_filters', caller, {}))
      continue;
    if (name === 'deleted') deleted = truth(last(values));
    // Who asks what changed is told what went, too.
    if (name === 'changes-since' || name === 'changes-before') deleted = true;
    if (name === 'status' && values.some((value) => value.toUpperCase() === 'DELETED'))
      deleted = true;
    const condition = definition.filter(values, request);
    if (condition) conditions.push(condition);
  }
  const onlyDeleted = query['deleted'] !== undefined && deleted && caller.isAdmin;
  if (onlyDeleted) conditions.push(sql<boolean>`s.deleted_at is not null`);
  else if (
    !deleted ||
    (query['deleted'] !== undefined && caller.isAdmin && !truth(last(query['deleted'])))
  )
    conditions.push(sql<boolean>`s.deleted_at is null`);
  return conditions;
}
