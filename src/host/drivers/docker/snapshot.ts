import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { passing } from '../../fault.ts';
import { IMAGE_REPOSITORY } from '../../names.ts';
import type { Engine } from './engine.ts';

interface ImageProgram {
  readonly Config: {
    readonly Entrypoint?: readonly string[] | null;
    readonly Cmd?: readonly string[] | null;
  };
}

/**
 * Writes a server's file system, as it is at this moment, into a file that any Docker Engine loads as an image. The
 * image's program is that of the image which the server was made from, not ours that starts it. Source: Engine API,
 * ImageCommit.
 */
export async function saveContainer(
  engine: Engine,
  container: string,
  serverId: string,
  target: string,
  signal: AbortSignal,
): Promise<void> {
  const made = await engine.json<{ Image: string }>({
    path: `/containers/${container}/json`,
    signal,
    what: 'looking at the container',
  });
  const image = await engine.json<ImageProgram>({
    path: `/images/${made?.Image}/json`,
    signal,
    what: 'looking at its image',
  });
  const name = `${IMAGE_REPOSITORY}/snapshot`;
  const reference = `${name}:${serverId}`;
  await engine.json({
    method: 'POST',
    path: '/commit',
    query: { container, repo: name, tag: serverId },
    // What is missing here, as by the instruction `ENTRYPOINT []`, is the container's own: the program that starts it.
    body: { Entrypoint: image?.Config.Entrypoint ?? [], Cmd: image?.Config.Cmd ?? [] },
    signal,
    timeout: 0,
    what: 'keeping the state of the container',
  });
  try {
    const archive = await engine.stream({
      path: `/images/${encodeURIComponent(reference)}/get`,
      signal,
      timeout: 0,
      what: 'saving the image',
    });
    if (archive === undefined) throw passing('Docker Engine gave no image');
    await pipeline(archive, createWriteStream(target, { mode: 0o600 }));
  } finally {
    await engine.json({
      method: 'DELETE',
      path: `/images/${encodeURIComponent(reference)}`,
      accept: [404, 409],
      what: 'forgetting the image',
    });
  }
}
