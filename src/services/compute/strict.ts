import { badRequest } from '../../core/errors.ts';
import type { Operation, OperationRequest } from '../operation.ts';
import { has, type Feature } from './microversions.ts';

const PAGE = ['limit', 'marker'] as const;
const FLAVORS = [...PAGE, 'is_public', 'minRam', 'minDisk', 'sort_key', 'sort_dir'] as const;
const HYPERVISORS = [...PAGE, 'hypervisor_hostname_pattern', 'with_servers'] as const;
const USAGE = [...PAGE, 'start', 'end'] as const;
const ACTIONS = [...PAGE, 'changes-since'] as const;
const MIGRATIONS = [
  ...ACTIONS, 'hidden', 'host', 'instance_uuid', 'source_compute', 'status', 'migration_type',
] as const; // prettier-ignore

/** Parameters of a query: those that are taken, from when on no others are, and which came later. */
interface Strict {
  readonly from: Feature;
  readonly names: readonly string[];
  readonly later?: Readonly<Record<string, Feature>>;
}

/** By operation. Servers have more to say about theirs (`servers/filters.ts`); all others ignore what they do not know. */
const STRICT: Readonly<Record<string, Strict>> = {
  list_keypairs: { from: 'strictQuery', names: [...PAGE, 'user_id'] },
  show_keypair: { from: 'strictQuery', names: ['user_id'] },
  delete_keypair: { from: 'strictQuery', names: ['user_id'] },
  list_flavors: { from: 'strictQuery', names: FLAVORS },
  list_flavors_detail: { from: 'strictQuery', names: FLAVORS },
  list_hypervisors: { from: 'hostUuids', names: HYPERVISORS },
  list_hypervisors_detail: { from: 'hostUuids', names: HYPERVISORS },
  show_hypervisor: { from: 'hostUuids', names: ['with_servers'] },
  list_services: { from: 'strictQuery', names: ['host', 'binary'] },
  show_limits: { from: 'strictQuery', names: ['tenant_id'] },
  show_quota: { from: 'strictQuery', names: ['user_id'] },
  show_quota_detail: { from: 'strictQuery', names: ['user_id'] },
  update_quota: { from: 'strictQuery', names: ['user_id'] },
  delete_quota: { from: 'strictQuery', names: ['user_id'] },
  list_usages: { from: 'strictQuery', names: [...USAGE, 'detailed'] },
  show_usage: { from: 'strictQuery', names: USAGE },
  list_server_groups: {
    from: 'strictQuery',
    names: ['all_projects', 'limit', 'offset'],
  },
  list_volume_attachments: { from: 'strictQuery', names: ['limit', 'offset'] },
  list_instance_actions: {
    from: 'actionPaging',
    names: ACTIONS,
    later: { 'changes-before': 'actionChangesBefore' },
  },
  list_migrations: {
    from: 'movePaging',
    names: MIGRATIONS,
    later: {
      'changes-before': 'moveChangesBefore',
      user_id: 'moveOwner',
      project_id: 'moveOwner',
    },
  },
};

/** Names of the operations, for tests. */
export const strictOperations = (): readonly string[] => Object.keys(STRICT);

function check({ from, names, later = {} }: Strict, { query, microversion }: OperationRequest) {
  if (!has(microversion, from)) return;
  const unknown = Object.keys(query).find((name) => {
    const feature = Object.hasOwn(later, name) ? later[name] : undefined;
    return !names.includes(name) && !(feature && has(microversion, feature));
  });
  if (unknown !== undefined)
    throw badRequest(
      `Invalid input for query parameters: Additional properties are not allowed ('${unknown.slice(0, 100)}' was unexpected)`,
    );
}

/** The operation, which from its microversion on refuses parameters that it does not know. */
export function strict(operation: Operation): Operation {
  const rule = Object.hasOwn(STRICT, operation.name) ? STRICT[operation.name] : undefined;
  if (!rule) return operation;
  return {
    ...operation,
    handle(request) {
      check(rule, request);
      return operation.handle(request);
    },
  };
}
