import { createHash } from 'node:crypto';
import { lstat, readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { notFound } from '../core/errors.ts';

const FOLDER = fileURLToPath(new URL('../../dashboard', import.meta.url));

/** What the folder's files are to a browser. TypeScript is sent without its types, so it is JavaScript. */
const MEDIA_TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  ts: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml; charset=utf-8',
};

/**
 * Names that may be asked for: folders and files of letters, digits and dashes, and one dot before the ending.
 * So nothing outside the folder has a name, and neither have tests (`x.test.ts`), hidden files or `tsconfig.json`.
 */
const NAME =
  /^(?:[A-Za-z0-9][A-Za-z0-9-]{0,63}\/){0,4}[A-Za-z0-9][A-Za-z0-9-]{0,63}\.(html|css|ts|svg)$/;

/**
 * The page may load and ask only this origin, run no inline script or style, be framed by nobody and send its
 * forms nowhere else. https://www.w3.org/TR/CSP3/
 */
const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  // Always ask again: the entity tag makes that cheap, and a new version is seen at once.
  'cache-control': 'no-cache',
};

/** A file as it is sent. */
interface Asset {
  readonly modified: number;
  readonly size: number;
  readonly body: Buffer;
  readonly mediaType: string;
  readonly entityTag: string;
}

/**
 * Mounts the dashboard: its page at `/`, its files below `/dashboard/`. Clients that accept no HTML (OpenStack's
 * discovery asks `/` for JSON) are answered at `/` as if there were no dashboard. `folder` is for tests.
 */
export function mountDashboard(app: FastifyInstance, folder = FOLDER): void {
  const assets = new Map<string, Asset>();

  /** The file of that name, read again when it changed; undefined when there is none to be had. */
  async function assetOf(name: string): Promise<Asset | undefined> {
    const ending = NAME.exec(name)?.[1];
    if (ending === undefined) return undefined;
    const file = path.join(folder, name);
    const facts = await lstat(file).catch(() => undefined);
    // A symbolic link is no file here, wherever it leads.
    if (!facts?.isFile()) return undefined;
    const known = assets.get(name);
    if (known?.modified === facts.mtimeMs && known.size === facts.size) return known;
    const text = await readFile(file, 'utf8');
    const body = Buffer.from(ending === 'ts' ? stripTypeScriptTypes(text) : text);
    const asset = {
      modified: facts.mtimeMs,
      size: facts.size,
      body,
      mediaType: MEDIA_TYPES[ending] as string,
      entityTag: `"${createHash('sha256').update(body).digest('base64url')}"`,
    };
    assets.set(name, asset);
    return asset;
  }

  async function send(
    name: string,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const asset = await assetOf(name);
    if (asset === undefined) {
      throw notFound(`The dashboard has no file ${name.slice(0, 200)}.`);
    }
    reply.headers(HEADERS).header('etag', asset.entityTag);
    const known = String(request.headers['if-none-match'] ?? '').split(/\s*,\s*/);
    if (known.some((tag) => tag.replace(/^W\//, '') === asset.entityTag)) {
      return reply.code(304).send();
    }
    return reply.type(asset.mediaType).send(asset.body);
  }

  const options = { exposeHeadRoute: true };
  app.get('/', options, async (request, reply) => {
    reply.header('vary', 'Accept');
    const accepted = request.headers.accept ?? '*/*';
    if (!/\*\/\*|text\/(?:html|\*)/.test(accepted)) {
      reply.callNotFound();
      return reply;
    }
    return send('index.html', request, reply);
  });
  // Horizon lives at /dashboard: whoever looks there is shown the way. Relative, for proxies with a prefix.
  app.get('/dashboard', options, async (request, reply) => {
    const closed = (request.raw.url ?? '').split('?')[0]?.endsWith('/');
    return reply.redirect(closed ? '../' : './');
  });
  app.get('/dashboard/*', options, async (request, reply) =>
    send((request.params as { '*': string })['*'], request, reply),
  );
}
