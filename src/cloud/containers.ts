import { existsSync, readdirSync } from 'node:fs';
import { request } from 'node:http';
import path from 'node:path';
import type { Cloud } from './cloud.ts';
import { chosenEngine, engineAnswers } from './engine.ts';

/** A container of this cloud: one server. */
export interface ServerContainer {
  readonly id: string;
  readonly name: string;
  /** As Docker calls it: `running`, `paused`, `exited` … */
  readonly state: string;
}

/** The cloud's containers by their label; undefined when the engine does not answer, so nobody knows. */
export async function serverContainers(cloud: Cloud): Promise<ServerContainer[] | undefined> {
  const engine = chosenEngine(cloud);
  if (engine === undefined) return [];
  if (!(await engineAnswers(engine.socket)))
    return engine.kind === 'private' && privateEngineIsEmpty(cloud) ? [] : undefined;
  const filters = JSON.stringify({ label: [`ovenbird.cloud=${cloud.configuration.id}`] });
  const body = await askEngine(
    engine.socket,
    'GET',
    `/containers/json?all=true&filters=${encodeURIComponent(filters)}`,
  );
  return (JSON.parse(body) as { Id: string; Names: string[]; State: string }[]).map((entry) => ({
    id: entry.Id,
    name: (entry.Names[0] ?? entry.Id).replace(/^\//, ''),
    state: entry.State,
  }));
}

/** Whether our own engine, which does not run, holds no container: it keeps a folder for each. */
function privateEngineIsEmpty({ layout, configuration }: Cloud): boolean {
  const folder = path.join(layout.docker(configuration.host), 'data/containers');
  return !existsSync(folder) || readdirSync(folder).length === 0;
}

/** Ends the containers in good order, killed after ten seconds; they stay there, stopped. */
export async function stopContainers(
  cloud: Cloud,
  containers: readonly ServerContainer[],
): Promise<void> {
  await eachContainer(cloud, containers, 'POST', '/stop?t=10');
}

/** Removes the containers with all they hold. */
export async function removeContainers(
  cloud: Cloud,
  containers: readonly ServerContainer[],
): Promise<void> {
  await eachContainer(cloud, containers, 'DELETE', '?force=true&v=true');
}

/**
 * Removes from the engine the copies of this cloud's images: `ovenbird/<image id>:…` (`src/host/names.ts`). In an
 * engine that is not ours only those whose ids are in the cloud's own image store: others are other clouds'.
 */
export async function removeEngineImages(cloud: Cloud): Promise<void> {
  const engine = chosenEngine(cloud);
  if (engine === undefined || !(await engineAnswers(engine.socket))) return;
  const { images } = cloud.layout;
  const own = new Set(existsSync(images) ? readdirSync(images) : []);
  const listed = JSON.parse(await askEngine(engine.socket, 'GET', '/images/json')) as {
    RepoTags: string[] | null;
  }[];
  const tags = listed
    .flatMap(({ RepoTags }) => RepoTags ?? [])
    .filter((tag) => {
      const id = /^ovenbird\/([0-9a-f-]{36}):/.exec(tag)?.[1];
      return id !== undefined && (engine.kind === 'private' || own.has(id));
    });
  for (const tag of tags) await askEngine(engine.socket, 'DELETE', `/images/${tag}`);
}

async function eachContainer(
  cloud: Cloud,
  containers: readonly ServerContainer[],
  method: string,
  suffix: string,
): Promise<void> {
  const engine = chosenEngine(cloud);
  if (engine === undefined) return;
  await Promise.all(
    containers.map(({ id }) => askEngine(engine.socket, method, `/containers/${id}${suffix}`)),
  );
}

/** 304 says it is stopped already, 404 that it is gone already, 409 that its removal is under way. */
const FINE = new Set([304, 404, 409]);

const askEngine = (socketPath: string, method: string, path: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const call = request(
      { socketPath, method, path, agent: false, timeout: 60_000 },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          const status = response.statusCode ?? 0;
          if (status < 300 || FINE.has(status)) resolve(text);
          else
            reject(new Error(`Docker Engine: ${method} ${path}: ${status} ${text.slice(0, 300)}`));
        });
      },
    );
    call.once('timeout', () => call.destroy(new Error('Docker Engine does not answer')));
    call.once('error', reject);
    call.end();
  });
