import { randomBytes } from 'node:crypto';
import { lstat, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import { notFound } from '../../core/errors.ts';
import { rootOf } from '../addresses.ts';
import { CONSOLE_PATH } from './upgrades.ts';

const FOLDER = fileURLToPath(new URL('../../../dashboard/console', import.meta.url));

const packageFolder = (name: string, levels: string): string =>
  fileURLToPath(new URL(levels, import.meta.resolve(name)));

/** Modules and styles of others that the pages load, by the first part of their names: all from this server. */
const MODULES: Readonly<Record<string, string>> = {
  xterm: packageFolder('@xterm/xterm', '..'),
  fit: packageFolder('@xterm/addon-fit', '..'),
  novnc: packageFolder('@novnc/novnc', '..'),
};
const NAME = /^(xterm|fit|novnc)((?:\/[A-Za-z0-9][A-Za-z0-9_-]{0,63}){1,5}\.(m?js|css))$/;
const MEDIA_TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  mjs: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
};

/** Of everything that is served here. */
const HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

/**
 * The page may load and reach this origin only. What the terminal writes into style elements carries the nonce; cursors
 * of the screen are images in data. https://www.w3.org/TR/CSP3/
 */
const policyOf = (nonce: string, sockets: string): string =>
  [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}'`,
    `style-src 'self' 'nonce-${nonce}'`,
    `connect-src 'self' ${sockets}`,
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

/** Mounts the two pages that addresses of consoles lead to, and the modules that they load. */
export function mountConsolePages(app: FastifyInstance, fallbackHost: string): void {
  for (const [name, file] of [
    ['vnc', 'screen.html'],
    ['serial', 'terminal.html'],
  ] as const) {
    app.get(`${CONSOLE_PATH}/${name}`, { exposeHeadRoute: true }, async (request, reply) => {
      const nonce = randomBytes(16).toString('base64');
      const sockets = rootOf(request.raw, fallbackHost).replace(/^http(s?:\/\/[^/]+).*$/, 'ws$1');
      const page = await readFile(path.join(FOLDER, file), 'utf8');
      return reply
        .headers(HEADERS)
        .header('content-security-policy', policyOf(nonce, sockets))
        .header('cache-control', 'no-store')
        .type('text/html; charset=utf-8')
        .send(page.replaceAll('{{nonce}}', nonce));
    });
  }
  app.get(`${CONSOLE_PATH}/modules/*`, { exposeHeadRoute: true }, async (request, reply) => {
    const asked = (request.params as { '*': string })['*'];
    const [, folder = '', rest = '', ending = ''] = NAME.exec(asked) ?? [];
    const file = path.join(MODULES[folder] ?? '', rest);
    const facts = rest === '' ? undefined : await lstat(file).catch(() => undefined);
    if (!facts?.isFile()) throw notFound(`The console has no file ${asked.slice(0, 200)}.`);
    const tag = `"${facts.size}-${Math.round(facts.mtimeMs)}"`;
    reply.headers(HEADERS).header('cache-control', 'no-cache').header('etag', tag);
    if (request.headers['if-none-match'] === tag) return reply.code(304).send();
    return reply.type(MEDIA_TYPES[ending]!).send(await readFile(file));
  });
}
