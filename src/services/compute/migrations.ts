import { consoleTokens } from './consoles/migrations.ts';
import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { ServiceSchema } from '../../database/migrations.ts';

const first: Migration = {
  async up(database) {
    await sql`
      create table compute.flavors (
        id varchar(255) primary key,
        number serial not null unique,
        name varchar(255) not null constraint flavors_name_unique unique,
        vcpus integer not null,
        memory_mb integer not null,
        root_gb integer not null,
        ephemeral_gb integer not null,
        swap_mb integer not null,
        rxtx_factor double precision not null,
        is_public boolean not null,
        description text,
        extra_specs jsonb not null default '{}',
        created_at timestamptz not null default now(),
        updated_at timestamptz
      );
      create table compute.flavor_access (
        flavor_id varchar(255) not null references compute.flavors (id) on delete cascade,
        project_id varchar(64) not null,
        constraint flavor_access_pkey primary key (flavor_id, project_id)
      );
      create table compute.keypairs (
        number serial primary key,
        user_id varchar(64) not null,
        name varchar(255) not null,
        type varchar(16) not null,
        public_key text not null,
        fingerprint varchar(255) not null,
        created_at timestamptz not null default now(),
        constraint keypairs_name_unique unique (user_id, name)
      );
      create table compute.quotas (
        project_id varchar(64) not null,
        resource varchar(64) not null,
        hard_limit bigint not null,
        primary key (project_id, resource)
      );
      create table compute.quota_classes (
        class varchar(255) not null,
        resource varchar(64) not null,
        hard_limit bigint not null,
        primary key (class, resource)
      );
      create table compute.hosts (
        name varchar(255) primary key,
        number serial not null unique,
        id uuid not null unique,
        service_id uuid not null unique,
        disabled boolean not null default false,
        disabled_reason text,
        forced_down boolean not null default false,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now()
      );
      create table compute.servers (
        id uuid primary key,
        number bigserial not null unique,
        project_id varchar(64) not null,
        user_id varchar(64) not null,
        name varchar(255) not null,
        description text,
        hostname varchar(255) not null,
        vm_state varchar(32) not null,
        task_state varchar(64),
        power varchar(16) not null,
        power_state smallint not null default 0,
        generation bigint not null default 1,
        reboot_kind varchar(8) not null default 'hard',
        revision bigint not null default 1,
        host varchar(255),
        availability_zone varchar(255),
        flavor jsonb not null,
        flavor_id varchar(255) not null,
        image_id uuid not null,
        image jsonb not null,
        key_name varchar(255),
        key_type varchar(16),
        key_data text,
        user_data text,
        metadata jsonb not null default '{}',
        tags text[] not null default '{}',
        locked_by varchar(8),
        locked_reason text,
        access_ip_v4 inet,
        access_ip_v6 inet,
        disk_config varchar(8) not null,
        reservation_id varchar(32) not null,
        launch_index integer not null,
        fault jsonb,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        launched_at timestamptz,
        terminated_at timestamptz,
        deleted_at timestamptz
      );
      create index servers_project on compute.servers (project_id, created_at desc, id desc) where deleted_at is null;
      create index servers_created on compute.servers (created_at desc, id desc) where deleted_at is null;
      create index servers_host on compute.servers (host) where deleted_at is null;
      create index servers_unsettled on compute.servers (id)
        where deleted_at is null and (task_state is not null or vm_state in ('building', 'error'));
      create table compute.server_ports (
        server_id uuid not null references compute.servers (id) on delete cascade,
        port_id uuid not null,
        network_id uuid not null,
        position integer not null,
        owned boolean not null,
        tag varchar(60),
        primary key (server_id, port_id)
      );
      create index server_ports_port on compute.server_ports (port_id);
      create index server_ports_network on compute.server_ports (network_id);
      create table compute.instance_actions (
        server_id uuid not null references compute.servers (id) on delete cascade,
        request_id varchar(64) not null,
        action varchar(255) not null,
        project_id varchar(64) not null,
        user_id varchar(64) not null,
        message text,
        started_at timestamptz not null default clock_timestamp(),
        updated_at timestamptz not null default clock_timestamp(),
        primary key (server_id, request_id)
      );
      create table compute.instance_events (
        server_id uuid not null,
        request_id varchar(64) not null,
        event varchar(255) not null,
        host varchar(255),
        started_at timestamptz not null default clock_timestamp(),
        finished_at timestamptz,
        result varchar(32),
        details text,
        primary key (server_id, request_id, event),
        foreign key (server_id, request_id)
          references compute.instance_actions (server_id, request_id) on delete cascade
      );
      create index instance_events_open on compute.instance_events (server_id) where finished_at is null;
    `.execute(database);
  },
};

/** What `meta_data.json` calls `random_seed` is made from this: known to nobody but the server. */
const randomSeed: Migration = {
  async up(database) {
    await sql`
      alter table compute.servers add column random_seed uuid not null default gen_random_uuid()
    `.execute(database);
  },
};

/** Several hosts of a machine may share OVN's chassis. */
const chassis: Migration = {
  async up(database) {
    await sql`alter table compute.hosts add column chassis varchar(255)`.execute(database);
  },
};

/** Host aggregates: groups of hosts with metadata, of which `availability_zone` makes a zone. */
const aggregates: Migration = {
  async up(database) {
    await sql`
      create table compute.aggregates (
        id serial primary key,
        uuid uuid not null unique,
        name varchar(255) not null constraint aggregates_name_unique unique,
        metadata jsonb not null default '{}',
        created_at timestamptz not null default clock_timestamp(),
        updated_at timestamptz
      );
      create table compute.aggregate_hosts (
        aggregate_id integer not null references compute.aggregates (id),
        host varchar(255) not null references compute.hosts (name) on delete cascade,
        number bigserial,
        constraint aggregate_hosts_pkey primary key (aggregate_id, host)
      );
      create index aggregate_hosts_host on compute.aggregate_hosts (host);
    `.execute(database);
  },
};

/** Server groups, and which server was made in which. */
const serverGroups: Migration = {
  async up(database) {
    await sql`
      create table compute.server_groups (
        id uuid primary key,
        number bigserial,
        project_id varchar(64) not null,
        user_id varchar(64) not null,
        name varchar(255) not null,
        policy varchar(32) not null,
        rules jsonb not null default '{}',
        created_at timestamptz not null default clock_timestamp()
      );
      create index server_groups_project on compute.server_groups (project_id, number);
      alter table compute.servers
        add column server_group_id uuid references compute.server_groups (id) on delete set null;
      create index servers_server_group on compute.servers (server_group_id)
        where server_group_id is not null;
    `.execute(database);
  },
};

/** Images that are being made of servers' disks. */
const snapshots: Migration = {
  async up(database) {
    await sql`
      create table compute.snapshots (
        image_id uuid primary key,
        server_id uuid not null,
        host varchar(255) not null,
        created_at timestamptz not null default clock_timestamp()
      )
    `.execute(database);
  },
};

/** Servers that are made anew from an image. */
const builds: Migration = {
  async up(database) {
    await sql`alter table compute.servers add column build integer not null default 0`.execute(
      database,
    );
  },
};

/** The zones that were asked for. Of servers of before nobody knows: they are free to go anywhere. */
const pinnedZones: Migration = {
  async up(database) {
    await sql`alter table compute.servers add column pinned_zone varchar(255)`.execute(database);
  },
};

/** Servers on their way to another flavor or host, and those that were: Nova's migrations. */
const moves: Migration = {
  async up(database) {
    await sql`
      create table compute.moves (
        id serial primary key,
        uuid uuid not null unique,
        server_id uuid not null references compute.servers (id) on delete cascade,
        project_id varchar(64) not null,
        user_id varchar(64) not null,
        type varchar(16) not null,
        status varchar(16) not null,
        source_host varchar(255) not null,
        dest_host varchar(255) not null,
        old_flavor jsonb not null,
        old_flavor_id varchar(255) not null,
        new_flavor_id varchar(255) not null,
        created_at timestamptz not null default clock_timestamp(),
        updated_at timestamptz not null default clock_timestamp()
      );
      create index moves_server on compute.moves (server_id);
      create unique index moves_one_at_a_time on compute.moves (server_id)
        where status in ('migrating', 'finished', 'reverting');
    `.execute(database);
  },
};

/** Servers that leave their host, to be shelved or moved, as an image. */
const relocations: Migration = {
  async up(database) {
    await sql`
      alter table compute.servers
        add column made_from jsonb,
        add column kept_image_id uuid,
        add column leaving_for varchar(255);
      create index servers_kept_image on compute.servers (id) where kept_image_id is not null;
      alter table compute.snapshots
        add column purpose varchar(16) not null default 'image',
        add column rotation integer;
    `.execute(database);
  },
};

/** Limits of one user within a project. */
const userQuotas: Migration = {
  async up(database) {
    await sql`
      create table compute.user_quotas (
        project_id varchar(64) not null,
        user_id varchar(64) not null,
        resource varchar(64) not null,
        hard_limit integer not null,
        primary key (project_id, user_id, resource)
      );
    `.execute(database);
  },
};

/** Which providers serve the ports of a server that moves, by port: where it goes, and where it was. */
const moveAllocations: Migration = {
  async up(database) {
    await sql`
      alter table compute.moves
        add column allocations jsonb not null default '{}',
        add column old_allocations jsonb not null default '{}'
    `.execute(database);
  },
};

/** What servers have inside: drives with their metadata, passwords, rescues. */
const guests: Migration = {
  async up(database) {
    await sql`
      alter table compute.servers
        add column config_drive boolean not null default false,
        add column password_hash text,
        add column rescue jsonb
    `.execute(database);
  },
};

/** The tables of the compute service. */
export const computeSchema: ServiceSchema = {
  schema: 'compute',
  migrations: {
    '0001-first': first,
    '0002-random-seed': randomSeed,
    '0003-chassis': chassis,
    '0003-aggregates': aggregates,
    '0003-server-groups': serverGroups,
    '0004-snapshots': snapshots,
    '0004-builds': builds,
    '0007-console-tokens': consoleTokens,
    '0005-moves': moves,
    '0006-relocations': relocations,
    '0005-pinned-zones': pinnedZones,
    '0007-user-quotas': userQuotas,
    '0007-move-allocations': moveAllocations,
    '0007-guests': guests,
  },
};
