import { sql } from 'kysely';
import { paths } from '../../core/configuration.ts';
import { newHexId } from '../../core/ids.ts';
import type { IdentityContext, Tables } from './context.ts';
import { readOrMakeSecret } from './secrets.ts';
import { hashPassword } from './users/password.ts';

/** Each implies the next: whoever may more may less. */
const ROLES = ['admin', 'manager', 'member', 'reader'] as const;

/** For services that ask each other; it implies no role, and none implies it. */
const SERVICE_ROLE = 'service';

/** As Keystone makes roles: nobody changes or deletes them by mistake. */
const OF_ALL_DOMAINS = {
  domain_id: null,
  description: null,
  options: JSON.stringify({ immutable: true }),
} as const;

/** The services of this cloud, and where each stands below the server's root. */
const SERVICES = [
  { type: 'identity', name: 'keystone', path: '/identity' },
  { type: 'image', name: 'glance', path: '/image' },
  { type: 'compute', name: 'nova', path: '/compute/v2.1' },
  { type: 'placement', name: 'placement', path: '/placement' },
  { type: 'network', name: 'neutron', path: '/network' },
] as const;

/** Services that came later: entered once into the catalogs of clouds that are older. */
const LATER = [
  { type: 'orchestration', name: 'heat', path: '/orchestration/v1/$(project_id)s' },
] as const;

const LOCK = 0x0b1d; // one control plane at a time; any number that nobody else takes

/**
 * What a new cloud begins with: the Default domain, the projects and users `admin` and `demo`, the five roles, the
 * region and the catalog. Each step is done once; what an administrator changes or deletes later stays so.
 */
export async function bootstrap(context: IdentityContext): Promise<void> {
  await firstLight(context);
  await once(context, 'service-role', async (change) => {
    const present = await change
      .selectFrom('identity.roles')
      .select('id')
      .where('name', '=', SERVICE_ROLE)
      .where('domain_id', 'is', null)
      .executeTakeFirst();
    if (present !== undefined) return;
    await change
      .insertInto('identity.roles')
      .values({ id: newHexId(), name: SERVICE_ROLE, ...OF_ALL_DOMAINS })
      .execute();
  });
  for (const service of LATER) {
    await once(context, `service ${service.type}`, (change) =>
      enter(change, context.configuration.region, service),
    );
  }
}

/** Takes a step that was not taken yet, whole or not at all; gives whether it was taken now. */
async function once(
  context: IdentityContext,
  step: string,
  work: (change: Tables) => Promise<void>,
): Promise<boolean> {
  if (await isDone(context, step)) return false;
  return context.change(async (change) => {
    await sql`select pg_advisory_xact_lock(${LOCK})`.execute(change);
    const first = await change
      .insertInto('identity.bootstrap')
      .values({ step })
      .onConflict((conflict) => conflict.doNothing())
      .returning('step')
      .executeTakeFirst();
    if (first !== undefined) await work(change);
    return first !== undefined;
  });
}

const isDone = async ({ tables }: IdentityContext, step: string): Promise<boolean> =>
  (await tables
    .selectFrom('identity.bootstrap')
    .select('step')
    .where('step', '=', step)
    .executeTakeFirst()) !== undefined;

async function firstLight(context: IdentityContext): Promise<void> {
  const { configuration } = context;
  if (await isDone(context, 'first-light')) return;
  // Files first: a password that is in the database and nowhere else would lock everybody out.
  const files = paths(configuration.home);
  const [admin, demo] = await Promise.all(
    [files.adminPassword, files.demoPassword].map((file) => hashPassword(readOrMakeSecret(file))),
  );
  const passwords = { admin: admin!, demo: demo! };
  const isFirst = await once(context, 'first-light', (change) =>
    fill(change, configuration.region, passwords),
  );
  if (isFirst) context.log.info('made the first domain, projects, users, roles and the catalog');
}

async function fill(
  tables: Tables,
  region: string,
  passwords: Record<'admin' | 'demo', string>,
): Promise<void> {
  const domain = {
    id: 'default',
    name: 'Default',
    description: 'The default domain',
    is_domain: true,
  };
  await tables
    .insertInto('identity.projects')
    .values({ ...base, ...domain })
    .execute();

  const roles = ROLES.map((name) => ({ id: newHexId(), name }));
  await tables
    .insertInto('identity.roles')
    .values(roles.map((role) => ({ ...role, ...OF_ALL_DOMAINS })))
    .execute();
  await tables
    .insertInto('identity.implied_roles')
    .values(
      roles.slice(1).map((role, index) => ({
        prior_role_id: roles[index]!.id,
        implied_role_id: role.id,
      })),
    )
    .execute();
  const role = (name: (typeof ROLES)[number]) => roles[ROLES.indexOf(name)]!.id;

  for (const name of ['admin', 'demo'] as const) {
    const project = { id: newHexId(), name, domain_id: domain.id, parent_id: domain.id };
    const description =
      name === 'admin' ? 'Project of the administrator' : 'Project to try things in';
    await tables
      .insertInto('identity.projects')
      .values({ ...base, ...project, description, is_domain: false })
      .execute();
    const user = {
      id: newHexId(),
      name,
      domain_id: domain.id,
      enabled: true,
      default_project_id: project.id,
      password_hash: passwords[name],
    };
    await tables.insertInto('identity.users').values(user).execute();
    const targets = name === 'admin' ? [project.id, domain.id, null] : [project.id];
    await tables
      .insertInto('identity.assignments')
      .values(
        targets.map((target) => ({
          role_id: role(name === 'admin' ? 'admin' : 'member'),
          user_id: user.id,
          group_id: null,
          project_id: target,
          inherited: false,
        })),
      )
      .execute();
  }

  await tables
    .insertInto('identity.regions')
    .values({ id: region, parent_region_id: null, description: '' })
    .execute();
  for (const service of SERVICES) await enter(tables, region, service);
}

/** Enters a service and its endpoints into the catalog. */
async function enter(
  tables: Tables,
  region: string,
  { type, name, path }: { readonly type: string; readonly name: string; readonly path: string },
): Promise<void> {
  const id = newHexId();
  await tables
    .insertInto('identity.services')
    .values({ id, type, name, description: null, enabled: true })
    .execute();
  await tables
    .insertInto('identity.endpoints')
    .values(
      (['public', 'internal', 'admin'] as const).map((face) => ({
        id: newHexId(),
        service_id: id,
        interface: face,
        region_id: region,
        url: path,
        enabled: true,
      })),
    )
    .execute();
}

const base = { domain_id: null, parent_id: null, enabled: true };
