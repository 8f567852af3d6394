import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Cloud } from './cloud.ts';
import { createOnce, ensureFolder } from './files.ts';
import { httpStatus } from './ready.ts';

/** The Docker Engine that holds a host's servers. */
export interface Engine {
  /** `system`: the machine's own, shared with its other users; `private`: started by us, only for this cloud. */
  readonly kind: 'system' | 'private';
  /** Path of its API's unix socket. */
  readonly socket: string;
}

export const SYSTEM_ENGINE = '/var/run/docker.sock';

/** Whether an engine answers on a socket. */
export const engineAnswers = async (socket: string): Promise<boolean> =>
  existsSync(socket) && (await httpStatus({ socketPath: socket }, '/_ping')) === 200;

/** The engine chosen for this cloud's host; undefined before the first start. */
export function chosenEngine({ layout, configuration }: Cloud): Engine | undefined {
  try {
    return JSON.parse(readFileSync(layout.engine(configuration.host), 'utf8')) as Engine;
  } catch {
    return undefined;
  }
}

/**
 * The engine of this cloud's host: at the first start the system's if it answers, else a private one, and from
 * then on always the same, because servers live in it.
 */
export async function chooseEngine(cloud: Cloud): Promise<Engine> {
  const chosen = chosenEngine(cloud);
  if (chosen !== undefined) return chosen;
  const { layout, configuration } = cloud;
  const engine: Engine = (await engineAnswers(SYSTEM_ENGINE))
    ? { kind: 'system', socket: SYSTEM_ENGINE }
    : { kind: 'private', socket: path.join(layout.docker(configuration.host), 'docker.sock') };
  ensureFolder(path.dirname(layout.engine(configuration.host)), 0o700);
  createOnce(layout.engine(configuration.host), `${JSON.stringify(engine)}\n`);
  return chosenEngine(cloud) ?? engine;
}
