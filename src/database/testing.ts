import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { newHexId } from '../core/ids.ts';
import { sleep } from '../core/time.ts';
import { openDatabase, type Database } from './database.ts';
import { migrate, type ServiceSchema } from './migrations.ts';

/** A PostgreSQL server for tests, in a folder of its own; `stop` ends it and removes the folder. */
export interface TestServer {
  readonly socket: string;
  stop(): Promise<void>;
}

/** Folder with the newest PostgreSQL's programs. */
export function postgresPrograms(): string {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root)
    ? readdirSync(root)
        .map(Number)
        .filter((v) => v >= 15)
    : [];
  if (versions.length === 0)
    throw new Error('PostgreSQL 15 or newer is missing: run scripts/setup.sh');
  return path.join(root, String(Math.max(...versions)), 'bin');
}

/** Starts PostgreSQL on a private unix socket (as user postgres: it refuses to run as root). */
export async function startTestServer(): Promise<TestServer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'ovb-pg-'));
  const programs = postgresPrograms();
  const uid = Number(execFileSync('id', ['-u', 'postgres'], { encoding: 'utf8' }));
  const gid = Number(execFileSync('id', ['-g', 'postgres'], { encoding: 'utf8' }));
  chownSync(folder, uid, gid);
  chmodSync(folder, 0o755);
  const data = path.join(folder, 'data');
  const made = spawnSync(
    path.join(programs, 'initdb'),
    ['-D', data, '-U', 'ovenbird', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
    { uid, gid, cwd: folder, encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
  const server: ChildProcess = spawn(
    path.join(programs, 'postgres'),
    [
      '-D',
      data,
      '-k',
      folder,
      '-h',
      '',
      '-c',
      'fsync=off',
      '-c',
      'jit=off',
      '-c',
      'max_connections=200',
    ],
    { uid, gid, cwd: folder, stdio: 'ignore' },
  );
  server.unref();
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  for (let attempt = 0; ; attempt++) {
    const client = new pg.Client({ host: folder, user: 'ovenbird', database: 'postgres' });
    try {
      await client.connect();
      await client.end();
      break;
    } catch (error) {
      if (attempt > 200) throw error;
      await sleep(25);
    }
  }
  const remove = () => {
    server.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', remove);
  return {
    socket: folder,
    async stop() {
      server.ref(); // or the process ends before the server does, and what follows is never done
      server.kill('SIGINT');
      await ended;
      process.off('exit', remove);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

let shared: Promise<TestServer> | undefined;
/** Databases on the shared server. */
let databases = 0;

/**
 * An empty database with the given schemas, for one test file; `drop` removes it. The server is the one that
 * `OVENBIRD_TEST_POSTGRES` names (the test command starts one for all), else one of this process.
 */
export async function createTestDatabase(
  schemas: readonly ServiceSchema[],
): Promise<{ database: Database; drop(): Promise<void> }> {
  const named = process.env['OVENBIRD_TEST_POSTGRES'];
  const host = named ?? (await (shared ??= startTestServer())).socket;
  databases++;
  const name = `test_${newHexId().slice(0, 12)}`;
  const administer = async (text: string) => {
    const client = new pg.Client({ host, user: 'ovenbird', database: 'postgres' });
    await client.connect();
    await client.query(text).finally(() => client.end());
  };
  await administer(`create database ${name}`);
  const database = openDatabase({ host, database: name, user: 'ovenbird' });
  await migrate(database, schemas);
  return {
    database,
    async drop() {
      await database.destroy();
      await administer(`drop database ${name} with (force)`);
      if (--databases === 0 && named === undefined && shared !== undefined) {
        const server = await shared;
        shared = undefined;
        await server.stop();
      }
    },
  };
}
