import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Cloud } from '../cloud.ts';
import { run } from '../command.ts';
import type { Component } from '../component.ts';
import { processFacts } from '../process.ts';
import { systemUser } from '../users.ts';

const USER = 'postgres';
/** Oldest server that we support: Debian 12's. */
export const OLDEST_POSTGRESQL = 15;

/** Folder with the programs of one PostgreSQL version: the one the data was made by, else the newest. */
export function postgresqlPrograms(version?: number): string {
  const root = '/usr/lib/postgresql';
  const versions = (existsSync(root) ? readdirSync(root) : [])
    .map(Number)
    .filter(
      (number) =>
        number >= OLDEST_POSTGRESQL && existsSync(path.join(root, `${number}/bin/postgres`)),
    );
  const chosen = version ?? Math.max(...versions);
  if (!versions.includes(chosen))
    throw new Error(
      version === undefined
        ? `PostgreSQL ${OLDEST_POSTGRESQL} or newer is missing: run "sh scripts/setup.sh"`
        : `this cloud's data belongs to PostgreSQL ${version}, which is not installed: install postgresql-${version}`,
    );
  return path.join(root, String(chosen), 'bin');
}

/** Settings for one small private server: little memory, few processes, full durability. */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '',
  max_connections: '50',
  shared_buffers: '32MB',
  jit: 'off',
  autovacuum_max_workers: '1',
  // Kept plans are made anew when a table was looked at again: one that was made for a few rows must not last.
  autovacuum_naptime: '20s',
  // Everything is in memory: an index is worth its while in small tables too, and its plan stays right as they grow.
  random_page_cost: '1.1',
  max_worker_processes: '2',
  max_parallel_workers: '0',
  max_parallel_workers_per_gather: '0',
  max_logical_replication_workers: '0',
  max_wal_senders: '0',
  wal_level: 'minimal',
  min_wal_size: '32MB',
  max_wal_size: '256MB',
  huge_pages: 'off',
  log_line_prefix: '%m [%p] ',
};

/** PostgreSQL as user `postgres`, reachable only through its socket below the home. */
export function postgresql({ layout }: Cloud): Component {
  const data = layout.postgresData;
  const versionFile = path.join(data, 'PG_VERSION');
  const programs = () =>
    postgresqlPrograms(
      existsSync(versionFile) ? Number.parseInt(readFileSync(versionFile, 'utf8'), 10) : undefined,
    );
  const ask = (database: string, ...statements: string[]) =>
    run(path.join(programs(), 'psql'), [
      `--host=${layout.postgresSocket}`,
      `--username=${USER}`,
      `--dbname=${database}`,
      '--no-psqlrc',
      '--quiet',
      '--tuples-only',
      '--no-align',
      '--set=ON_ERROR_STOP=1',
      ...statements.map((statement) => `--command=${statement}`),
    ]);
  return {
    name: 'postgresql',
    title: 'PostgreSQL',
    class: 'control',
    dependsOn: [],
    async prepare() {
      if (!existsSync(versionFile)) {
        // initdb wants the folder empty; what is there without PG_VERSION is a first start that was cut off.
        for (const name of readdirSync(data)) rmSync(path.join(data, name), { recursive: true });
        await run(
          path.join(programs(), 'initdb'),
          ['-D', data, '-U', USER, '--auth=trust', '-E', 'UTF8', '--locale=C', '--data-checksums'],
          { ...systemUser(USER), timeout: 120_000 },
        );
      }
      for (const file of [
        path.join(data, 'postmaster.pid'),
        path.join(layout.postgresSocket, '.s.PGSQL.5432.lock'),
      ])
        removeStalePidFile(file, data);
    },
    launch: () => ({
      command: [
        path.join(programs(), 'postgres'),
        '-D',
        data,
        '-k',
        layout.postgresSocket,
        ...Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      user: USER,
    }),
    async ready() {
      const { code } = await run(
        path.join(programs(), 'pg_isready'),
        ['--quiet', `--host=${layout.postgresSocket}`],
        { accept: [0, 1, 2] },
      );
      return code === 0;
    },
    async afterStart() {
      const { output } = await ask(
        'postgres',
        "select 'role' from pg_roles where rolname = 'ovenbird'",
        "select 'database' from pg_database where datname = 'ovenbird'",
      );
      if (!output.includes('role')) await ask('postgres', 'create role ovenbird login');
      if (!output.includes('database'))
        await ask('postgres', 'create database ovenbird owner ovenbird');
    },
    // The fast shutdown: connections are ended, everything is written.
    stop: { signal: 'SIGINT', timeout: 15_000 },
    patience: 60_000,
  };
}

/** After a reboot another program may have the number in a lock file: PostgreSQL would then refuse to start. */
function removeStalePidFile(file: string, data: string): void {
  if (!existsSync(file)) return;
  const pid = Number.parseInt(readFileSync(file, 'utf8'), 10);
  if (processFacts(pid) !== undefined) {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    if (command.includes(data)) return;
  }
  rmSync(file);
}

/** Gives the cloud an empty database, ending whoever still uses the old one. */
export async function recreateDatabase({ layout }: Cloud): Promise<void> {
  await run('psql', [
    `--host=${layout.postgresSocket}`,
    `--username=${USER}`,
    '--dbname=postgres',
    '--no-psqlrc',
    '--quiet',
    '--set=ON_ERROR_STOP=1',
    '--command=drop database if exists ovenbird with (force)',
    '--command=create database ovenbird owner ovenbird',
  ]);
}
