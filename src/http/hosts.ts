import { timingSafeEqual, createHash } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import { badRequest, Fault, notFound } from '../core/errors.ts';
import type { Difference } from '../ovn/desired.ts';

/** What hosts and the cloud's own commands may ask of the control plane, beside OpenStack's APIs. */
export interface HostDoors {
  /** The bytes of an image; undefined when there is none with data. */
  openImage(id: string): Promise<{ stream: Readable; size: number } | undefined>;
  /** Takes in the data of an image that waits for it; false when none does. */
  receiveImage(id: string, stream: Readable, announced: string | undefined): Promise<boolean>;
  /** What the server with this address in this network may know of itself. */
  metadata(networkId: string, address: string): Promise<unknown>;
  metadataOf(serverId: string): Promise<unknown>;
  /** A host's answer to a task; false when nobody waits for it. */
  taskResult(id: string, stream: Readable, mediaType?: string): Promise<boolean>;
  /** The script of a software deployment; undefined when nobody wants it any more. */
  softwareWish(run: string): Promise<unknown>;
  /** What became of it; false when nobody waits for it. */
  softwareOutcome(run: string, told: unknown): Promise<boolean>;
  /** Differences between what should be and what is, of every projected database; repaired when asked. */
  compare(): Promise<Difference[]>;
  repair(): Promise<Difference[]>;
  /** For so many milliseconds nothing is repaired unless asked. */
  hold(milliseconds: number): void;
  /** Makes new keys for tokens and for kept secrets. */
  rotate(): Promise<unknown>;
}

/** Seconds of a day. */
const LONGEST_HOLD = 86_400;

/** Most bytes that the outcome of a script has. */
const SOFTWARE_LIMIT = 2 ** 25;

async function readJson(stream: Readable): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > SOFTWARE_LIMIT) throw new Fault('tooLarge', 'The outcome of a script is too long.');
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw badRequest('The outcome of a script is JSON.');
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Tells whether a header holds the host token; comparing digests takes the same time for all guesses. */
export function hostAdmission(token: string): (given: unknown) => boolean {
  const expected = digest(token);
  return (given) => typeof given === 'string' && timingSafeEqual(digest(given), expected);
}

/**
 * Mounts `/host/v1` (for hosts) and `/ovenbird/v1` (for the cloud's own commands). Every call needs the host
 * token of the cloud, which only root of a host can read.
 */
export function mountHosts(app: FastifyInstance, token: string, doors: HostDoors): void {
  const admits = hostAdmission(token);
  const admit = async (request: FastifyRequest) => {
    if (!admits(request.headers['x-ovenbird-host-token'])) {
      throw new Fault('unauthorized', 'This needs the host token of the cloud.');
    }
  };
  app.get('/ovenbird/v1/health', async () => ({ status: 'ok' }));
  app.register(async (scope) => {
    scope.addHook('onRequest', admit);
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));

    scope.get('/host/v1/images/:id/file', async (request, reply) => {
      const { id } = request.params as { id: string };
      const image = await doors.openImage(id);
      if (image === undefined) throw notFound(`There is no image ${id} with data.`);
      return reply
        .type('application/octet-stream')
        .header('content-length', image.size)
        .send(image.stream);
    });
    scope.put(
      '/host/v1/images/:id/file',
      { bodyLimit: Number.MAX_SAFE_INTEGER },
      async (request, reply) => {
        const { id } = request.params as { id: string };
        const body = request.body instanceof Readable ? request.body : request.raw;
        if (!(await doors.receiveImage(id, body, request.headers['content-length'])))
          throw new Fault('conflict', `Image ${id} does not wait for data.`);
        return reply.code(204).send();
      },
    );
    scope.get('/host/v1/metadata', async (request) => {
      const query = request.query as Record<string, readonly string[]>;
      const server = query['server_id']?.[0];
      if (server !== undefined) {
        const own = await doors.metadataOf(server);
        if (own === undefined) throw notFound(`There is no server ${server}.`);
        return own;
      }
      const network = query['network_id']?.[0];
      const address = query['address']?.[0];
      if (network === undefined || address === undefined) {
        throw badRequest('network_id and address are needed.');
      }
      const document = await doors.metadata(network, address);
      if (document === undefined) throw notFound(`No server has ${address} in network ${network}.`);
      return document;
    });
    scope.post('/host/v1/tasks/:id/result', { bodyLimit: 2 ** 24 }, async (request, reply) => {
      const { id } = request.params as { id: string };
      const body = request.body instanceof Readable ? request.body : request.raw;
      if (!(await doors.taskResult(id, body, request.headers['content-type'])))
        throw notFound(`Nobody waits for task ${id} any more.`);
      return reply.code(204).send();
    });
    scope.get('/host/v1/software/:run', async (request) => {
      const { run } = request.params as { run: string };
      const wish = await doors.softwareWish(run);
      if (wish === undefined) throw notFound(`Nobody wants run ${run} any more.`);
      return wish;
    });
    scope.post('/host/v1/software/:run', { bodyLimit: SOFTWARE_LIMIT }, async (request, reply) => {
      const { run } = request.params as { run: string };
      const body = request.body instanceof Readable ? request.body : request.raw;
      if (!(await doors.softwareOutcome(run, await readJson(body))))
        throw notFound(`Nobody waits for run ${run} any more.`);
      return reply.code(204).send();
    });
    scope.get('/ovenbird/v1/repair', async () => ({ differences: await doors.compare() }));
    scope.post('/ovenbird/v1/repair', async () => {
      const differences = await doors.repair();
      return { differences, remaining: differences.length === 0 ? [] : await doors.compare() };
    });
    scope.post('/ovenbird/v1/rotate', () => doors.rotate());
    scope.post('/ovenbird/v1/repair/hold', async (request) => {
      const seconds = Number((request.query as Record<string, readonly string[]>)['seconds']?.[0]);
      if (!Number.isInteger(seconds) || seconds < 0 || seconds > LONGEST_HOLD)
        throw badRequest(`seconds must be a whole number up to ${LONGEST_HOLD}.`);
      doors.hold(seconds * 1000);
      return { seconds };
    });
  });
}
