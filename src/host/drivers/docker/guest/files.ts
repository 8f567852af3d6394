import { gunzipSync } from 'node:zlib';
import { messageOf } from '../../../../core/errors.ts';
import { call, type Plan } from './plan.ts';
import { isObject, isTruth, MOST_ITEMS, textOf } from './values.ts';

/** Bytes of a file that is packed. */
const CONTENT_LIMIT = 2 ** 20;

/** `write_files`: those that are written before, or (`deferred`) after users and packages are there. */
export function writeFiles(value: unknown, plan: Plan, deferred: boolean): void {
  if (!Array.isArray(value)) {
    if (!deferred) plan.notice('write_files: it should be a list');
    return;
  }
  for (const entry of value.slice(0, MOST_ITEMS) as unknown[]) {
    if (!isObject(entry)) continue;
    if (isTruth(entry['defer']) !== deferred) continue;
    const path = textOf(entry['path']);
    if (path === undefined || !path.startsWith('/') || path.includes('\0')) {
      plan.notice('write_files: a file without an absolute path is left out');
      continue;
    }
    let content: Buffer;
    try {
      content = contentOf(entry['content'], textOf(entry['encoding']) ?? '');
    } catch (error) {
      plan.notice(`write_files: the content of ${path} cannot be decoded: ${messageOf(error)}`);
      continue;
    }
    const steps = deferred ? plan.deferred : plan.early;
    steps.push(
      call(
        'write_file',
        path,
        plan.file('file', content, 0o644),
        modeOf(entry['permissions'], path, plan),
        textOf(entry['owner']) ?? 'root:root',
        isTruth(entry['append']) ? 'append' : '',
      ),
    );
  }
}

/** Encodings of `write_files`: base64, gzip, both one after the other, or none. */
function contentOf(value: unknown, encoding: string): Buffer {
  const bytes =
    Buffer.isBuffer(value) || value instanceof Uint8Array ? Buffer.from(value) : undefined;
  const name = encoding.toLowerCase().trim();
  const isBase64 = /^(?:b64|base64|gz\+b64|gz\+base64|gzip\+b64|gzip\+base64)$/.test(name);
  const isPacked = /^(?:gz|gzip|gz\+b64|gz\+base64|gzip\+b64|gzip\+base64)$/.test(name);
  if (name !== '' && name !== 'text/plain' && !isBase64 && !isPacked)
    throw new TypeError(`there is no encoding ${name.slice(0, 50)}`);
  let content = bytes ?? Buffer.from(textOf(value) ?? '');
  if (isBase64) {
    const text = content.toString('latin1').replace(/\s+/g, '');
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw new TypeError('it is not base64');
    content = Buffer.from(text, 'base64');
  }
  return isPacked ? gunzipSync(content, { maxOutputLength: CONTENT_LIMIT }) : content;
}

/** `'0640'`, or a number, which YAML has read as octal already. */
function modeOf(value: unknown, path: string, plan: Plan): string {
  if (value === undefined || value === null) return '644';
  const mode = typeof value === 'number' ? value.toString(8) : String(value).replace(/^0o?/, '');
  if (/^[0-7]{1,4}$/.test(mode)) return mode;
  plan.notice(`write_files: the permissions of ${path} are not octal: it gets 644`);
  return '644';
}
