import { sql } from 'kysely';
import type { ServiceSchema } from '../../../database/migrations.ts';

/** Tables of objects that can be shared, by the type that policies name. */
const TABLES = {
  network: 'networks',
  qos_policy: 'qos_policies',
  security_group: 'security_groups',
  address_scope: 'address_scopes',
  subnetpool: 'subnetpools',
  address_group: 'address_groups',
};

/** Those with a column `shared`: with everybody. */
const SHARED = ['network', 'qos_policy', 'address_scope', 'subnetpool'] as const;

const rbac = [
  sql`create table network.rbac_policies (
    id uuid primary key default gen_random_uuid(),
    project_id text not null,
    object_type text not null,
    object_id uuid not null,
    -- A project's id, or * for every project.
    target_project text not null,
    action text not null,
    created_at timestamptz not null default clock_timestamp(),
    constraint rbac_policies_same unique (object_id, action, target_project))`,
  sql`create index rbac_policies_target on network.rbac_policies (target_project, object_id)`,
  sql`create index rbac_policies_project on network.rbac_policies (project_id)`,

  // An object is shared, or external, exactly when such policies say so, whichever of both is written: so says the
  // database, and no way of writing can forget it.
  sql`create function network.follow_sharing() returns trigger language plpgsql as $$
    begin
      if new.shared then
        insert into network.rbac_policies (project_id, object_type, object_id, target_project, action)
          values (new.project_id, tg_argv[0], new.id, '*', 'access_as_shared') on conflict do nothing;
      elsif tg_op = 'UPDATE' and old.shared then
        delete from network.rbac_policies
          where object_id = new.id and target_project = '*' and action = 'access_as_shared';
      end if;
      return null;
    end $$`,
  ...SHARED.map(
    (type) => sql`create trigger follow_sharing after insert or update of shared
      on ${sql.table(`network.${TABLES[type]}`)} for each row
      execute function network.follow_sharing(${sql.lit(type)})`,
  ),
  sql`create function network.follow_external() returns trigger language plpgsql as $$
    begin
      if new.external and not exists (select 1 from network.rbac_policies
          where object_id = new.id and action = 'access_as_external') then
        insert into network.rbac_policies (project_id, object_type, object_id, target_project, action)
          values (new.project_id, 'network', new.id, '*', 'access_as_external') on conflict do nothing;
      elsif not new.external then
        delete from network.rbac_policies where object_id = new.id and action = 'access_as_external';
      end if;
      return null;
    end $$`,
  sql`create trigger follow_external after insert or update of external on network.networks
    for each row execute function network.follow_external()`,

  sql`create function network.follow_rbac_policies() returns trigger language plpgsql as $$
    declare
      changed network.rbac_policies := coalesce(new, old);
      allowed boolean := exists (select 1 from network.rbac_policies where object_id = changed.object_id
        and action = changed.action and (target_project = '*' or action = 'access_as_external'));
    begin
      case changed.object_type || ' ' || changed.action
        when 'network access_as_external' then
          update network.networks set external = allowed
            where id = changed.object_id and external <> allowed;
        when 'network access_as_shared' then
          update network.networks set shared = allowed
            where id = changed.object_id and shared <> allowed;
        when 'qos_policy access_as_shared' then
          update network.qos_policies set shared = allowed
            where id = changed.object_id and shared <> allowed;
        when 'address_scope access_as_shared' then
          update network.address_scopes set shared = allowed
            where id = changed.object_id and shared <> allowed;
        when 'subnetpool access_as_shared' then
          update network.subnetpools set shared = allowed
            where id = changed.object_id and shared <> allowed;
        else null;
      end case;
      return null;
    end $$`,
  sql`create trigger follow_rbac_policies after insert or update or delete on network.rbac_policies
    for each row execute function network.follow_rbac_policies()`,

  // Policies go with their object, which is in one of several tables.
  sql`create function network.forget_rbac_policies() returns trigger language plpgsql as $$
    begin
      delete from network.rbac_policies where object_id = old.id;
      return null;
    end $$`,
  ...Object.values(TABLES).map(
    (
      table,
    ) => sql`create trigger forget_rbac_policies after delete on ${sql.table(`network.${table}`)}
      for each row execute function network.forget_rbac_policies()`,
  ),

  // What was shared before.
  ...SHARED.map(
    (type) => sql`update ${sql.table(`network.${TABLES[type]}`)} set shared = true where shared`,
  ),
  sql`update network.networks set external = true where external`,
];

/** Steps of the table of RBAC policies. */
export const rbacMigrations: ServiceSchema['migrations'] = {
  '0013-rbac': {
    async up(database) {
      for (const statement of rbac) await statement.execute(database);
    },
  },
};
