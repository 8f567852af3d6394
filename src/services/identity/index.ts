import path from 'node:path';
import { paths } from '../../core/configuration.ts';
import type { Operation, Service } from '../operation.ts';
import { accessRuleOperations } from './access-rules/api.ts';
import { applicationCredentialOperations } from './application-credentials/api.ts';
import { assignmentOperations } from './assignments/api.ts';
import { authenticationOperations } from './authentication/api.ts';
import { bootstrap } from './bootstrap.ts';
import type { Caller } from './caller.ts';
import { createContext, type IdentityDependencies } from './context.ts';
import type { ProjectRow } from './tables.ts';
import { credentialOperations } from './credentials/api.ts';
import { ec2CredentialOperations } from './credentials/ec2.ts';
import { ec2TokenOperations } from './credentials/ec2-tokens.ts';
import { domainConfigurationOperations } from './domain-configurations/api.ts';
import { domainOperations } from './domains/api.ts';
import { endpointOperations } from './endpoints/api.ts';
import { groupOperations } from './groups/api.ts';
import { startMaintenance } from './maintenance.ts';
import { identityOptions } from './options.ts';
import { endpointGroupOperations } from './endpoint-groups/api.ts';
import { endpointFilterOperations } from './endpoint-groups/associations.ts';
import { policyOperations } from './policies/api.ts';
import { limitOperations } from './limits/api.ts';
import { effectiveLimit } from './limits/effective.ts';
import { registeredLimitOperations } from './registered-limits/api.ts';
import { projectOperations } from './projects/api.ts';
import { projectTagOperations } from './projects/tags.ts';
import { rotateKeys, type Rotation } from './rotation.ts';
import { regionOperations } from './regions/api.ts';
import { implicationOperations } from './roles/implications.ts';
import { roleOperations } from './roles/api.ts';
import { serviceOperations } from './services/api.ts';
import { trustOperations } from './trusts/api.ts';
import { userOperations } from './users/api.ts';
import { openKeyRing } from './tokens/keys.ts';
import { sessionOf } from './tokens/session.ts';
import { actFor, type Rights } from './rights.ts';

export { rightsOf, type Rights } from './rights.ts';
export { permits } from './access-rules/rules.ts';
export type { Caller } from './caller.ts';
export type { IdentityDependencies } from './context.ts';
export { identitySchema } from './migrations.ts';

/** A project as other services see it. */
export interface ProjectSummary {
  readonly id: string;
  readonly name: string;
  readonly domainId: string;
  readonly enabled: boolean;
}

/** Keystone's part of the cloud, and what other services and `http/` ask of it. */
export interface IdentityService extends Service {
  /**
   * Who the token belongs to; `undefined` when it is no token of ours, has ended, was revoked, or its user,
   * project or domain is disabled or gone.
   */
  validate(token: string): Promise<Caller | undefined>;
  project(id: string): Promise<ProjectSummary | undefined>;
  projectExists(id: string): Promise<boolean>;
  /** All projects, domains not included, ordered by name. */
  listProjects(): Promise<ProjectSummary[]>;
  /** How much of a service's resource a project may have by unified limits; undefined: nobody said, -1: any amount. */
  limitOf(serviceType: string, resource: string, projectId: string): Promise<number | undefined>;
  /**
   * Somebody who asked for work that goes on without their token; undefined when they may not do it any more:
   * a role was taken away, or user, project, application credential or trust is gone or disabled.
   */
  actFor(rights: Rights): Promise<Caller | undefined>;
  /** The user's name; `undefined` when there is no such user. */
  userName(id: string): Promise<string | undefined>;
  /** Rotates the keys; tokens already issued and secrets already kept stay good. */
  rotate(): Promise<Rotation>;
}

export function createIdentityService(dependencies: IdentityDependencies): IdentityService {
  const { configuration } = dependencies;
  const options = identityOptions(configuration.options?.['identity'] ?? {});
  const lifetime = (dependencies.tokenLifetimeSeconds ?? options.token.expiration) * 1000;
  const keys = openKeyRing(paths(configuration.home).fernetKeys, lifetime);
  const folder = path.join(paths(configuration.home).secrets, 'credential-keys');
  const context = createContext(dependencies, options, keys, openKeyRing(folder, Infinity));
  const projects = () =>
    context.tables
      .selectFrom('identity.projects')
      .select(['id', 'name', 'domain_id', 'enabled'])
      .where('is_domain', '=', false);
  const operations: Operation[] = [
    ...authenticationOperations(context),
    ...domainOperations(context),
    ...domainConfigurationOperations(context),
    ...projectOperations(context),
    ...projectTagOperations(context),
    ...userOperations(context),
    ...applicationCredentialOperations(context),
    ...accessRuleOperations(context),
    ...credentialOperations(context),
    ...ec2CredentialOperations(context),
    ...ec2TokenOperations(context),
    ...trustOperations(context),
    ...groupOperations(context),
    ...roleOperations(context),
    ...implicationOperations(context),
    ...assignmentOperations(context),
    ...regionOperations(context),
    ...serviceOperations(context),
    ...endpointOperations(context),
    ...endpointGroupOperations(context),
    ...endpointFilterOperations(context),
    ...policyOperations(context),
    ...registeredLimitOperations(context),
    ...limitOperations(context),
  ];
  let maintenance: { stop(): void } | undefined;

  return {
    name: 'identity',
    operations,
    async start() {
      await bootstrap(context);
      maintenance ??= startMaintenance(context);
    },
    async stop() {
      maintenance?.stop();
      maintenance = undefined;
    },
    validate: async (token) => (await sessionOf(context, token))?.caller,
    async project(id) {
      const row = await projects().where('id', '=', id).executeTakeFirst();
      return row && summary(row);
    },
    projectExists: async (id) =>
      (await projects().where('id', '=', id).executeTakeFirst()) !== undefined,
    listProjects: async () =>
      (await projects().orderBy('name').orderBy('id').execute()).map(summary),
    limitOf: (serviceType, resource, projectId) =>
      effectiveLimit(context, serviceType, resource, projectId, configuration.region),
    actFor: (rights) => actFor(context, rights),
    async userName(id) {
      const row = await context.tables
        .selectFrom('identity.users')
        .select('name')
        .where('id', '=', id)
        .executeTakeFirst();
      return row?.name;
    },
    rotate: () => rotateKeys(context),
  };
}

const summary = (
  row: Pick<ProjectRow, 'id' | 'name' | 'domain_id' | 'enabled'>,
): ProjectSummary => ({
  id: row.id,
  name: row.name,
  domainId: row.domain_id ?? '',
  enabled: row.enabled,
});
