import { gunzipSync } from 'node:zlib';
import { parse } from 'yaml';
import { messageOf } from '../../../../core/errors.ts';

/** What cloud-init calls a part of user data, as far as it is known here. */
export type PartKind =
  | 'script'
  | 'script-per-boot'
  | 'boothook'
  | 'cloud-config'
  | 'archive'
  | 'multipart'
  | 'include'
  | 'part-handler'
  | 'template'
  | 'unknown';

export interface Part {
  readonly kind: PartKind;
  /** For people: `part-001`, or the file name that it came with. */
  readonly name: string;
  readonly content: Buffer;
  /** Of a cloud-config: how it joins those before (`Merge-Type`). */
  readonly mergeHow: string | undefined;
}

/** User data taken apart: what there is to carry out, and what is to be said of the rest. */
export interface Parts {
  readonly parts: readonly Part[];
  readonly notices: readonly string[];
}

/** Most bytes of unpacked user data: Nova takes 64 KiB of base64. */
const UNPACKED_LIMIT = 2 ** 20;
const MOST_PARTS = 100;
const MOST_NESTED = 4;

const TYPES: Readonly<Record<string, PartKind>> = {
  'text/x-shellscript': 'script',
  'text/x-shellscript-per-instance': 'script',
  'text/x-shellscript-per-once': 'script',
  'text/x-shellscript-per-boot': 'script-per-boot',
  'text/cloud-boothook': 'boothook',
  'text/cloud-config': 'cloud-config',
  'text/cloud-config-archive': 'archive',
  'text/x-include-url': 'include',
  'text/x-include-once-url': 'include',
  'text/part-handler': 'part-handler',
  'text/jinja2': 'template',
};

/** First words, as cloud-init looks for them when the type says nothing. */
const MARKS: readonly (readonly [string, PartKind])[] = [
  ['#!', 'script'],
  ['#cloud-config-archive', 'archive'],
  ['#cloud-config', 'cloud-config'],
  ['#cloud-boothook', 'boothook'],
  ['#include', 'include'],
  ['#part-handler', 'part-handler'],
  ['## template:', 'template'],
];

const REFUSED: Partial<Record<PartKind, string>> = {
  include: '#include is not carried out: bring what it names along',
  'part-handler': '#part-handler is not carried out: nothing here runs Python',
  template: 'templates (## template: jinja) are not carried out',
  unknown:
    'it is nothing that is carried out here (#!, #cloud-config, #cloud-boothook, MIME parts)',
};

/** Takes user data apart as cloud-init does. What cannot be is told in notices; it never throws. */
export function partsOf(bytes: Buffer): Parts {
  const parts: Part[] = [];
  const notices: string[] = [];
  const add = (given: Omit<Part, 'kind'>, type: string, depth: number): void => {
    if (parts.length >= MOST_PARTS || depth > MOST_NESTED) {
      notices.push(`user data has more than ${MOST_PARTS} parts, or they are nested too deeply`);
      return;
    }
    const { name } = given;
    let content: Buffer;
    try {
      content = unpacked(given.content);
    } catch (error) {
      notices.push(`${name} cannot be unpacked: ${messageOf(error)}`);
      return;
    }
    const kind = kindOf(type, content);
    if (kind === 'multipart') {
      for (const [index, part] of multipart(content).entries())
        add({ ...part, name: part.name ?? numbered(parts.length, index) }, part.type, depth + 1);
    } else if (kind === 'archive') {
      for (const [index, part] of archive(content, name, notices).entries())
        add({ ...part, name: part.name ?? numbered(parts.length, index) }, part.type, depth + 1);
    } else if (content.length > 0) {
      if (REFUSED[kind] !== undefined) notices.push(`${name}: ${REFUSED[kind]}`);
      else parts.push({ ...given, content, kind });
    }
  };
  add({ name: 'user data', content: bytes, mergeHow: undefined }, '', 0);
  return { parts, notices };
}

const numbered = (before: number, index: number): string =>
  `part-${String(Math.max(before, index) + 1).padStart(3, '0')}`;

function unpacked(bytes: Buffer): Buffer {
  const isPacked = bytes.subarray(0, 2).equals(Buffer.from([0x1f, 0x8b]));
  return isPacked ? gunzipSync(bytes, { maxOutputLength: UNPACKED_LIMIT }) : bytes;
}

function kindOf(type: string, content: Buffer): PartKind {
  const known = TYPES[type];
  if (type.startsWith('multipart/')) return 'multipart';
  const start = content
    .subarray(0, 200)
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart();
  // A cloud-config that is none by its first line is one by its type; the others are known by their first line.
  if (known !== undefined) return known;
  if (/^(?:content-type|mime-version|from )[^\n]*/i.test(start)) return 'multipart';
  return MARKS.find(([mark]) => start.toLowerCase().startsWith(mark))?.[1] ?? 'unknown';
}

interface Piece {
  readonly name: string | undefined;
  readonly type: string;
  readonly content: Buffer;
  readonly mergeHow: string | undefined;
}

/** One entity of RFC 2045: its headers, and the pieces of its body. */
function multipart(bytes: Buffer): Piece[] {
  // Latin 1 keeps every byte as it is.
  const text = bytes.toString('latin1');
  const { headers, body } = entity(text);
  const type = headers.get('content-type') ?? 'text/plain';
  const boundary = parameterOf(type, 'boundary');
  if (!type.toLowerCase().startsWith('multipart/') || boundary === undefined)
    return [pieceOf(headers, body)];
  const pieces: Piece[] = [];
  let current: string[] | undefined;
  for (const line of body.split('\n')) {
    const bare = line.replace(/[ \t\r]+$/, '');
    if (bare !== `--${boundary}` && bare !== `--${boundary}--`) {
      current?.push(line);
      continue;
    }
    // The line feed before a boundary belongs to the boundary.
    if (current !== undefined) pieces.push(pieceIn(current.join('\n').replace(/\r$/, '')));
    current = bare.endsWith(`${boundary}--`) ? undefined : [];
    if (current === undefined) break;
  }
  // The last boundary is missing: what came is taken, as Python's parser does.
  if (current !== undefined) pieces.push(pieceIn(current.join('\n')));
  return pieces;
}

function pieceIn(text: string): Piece {
  const { headers, body } = entity(text);
  const type = (headers.get('content-type') ?? 'text/plain').toLowerCase();
  // Taken apart again by its own headers.
  if (type.startsWith('multipart/'))
    return {
      name: undefined,
      type: 'multipart/mixed',
      content: Buffer.from(text, 'latin1'),
      mergeHow: undefined,
    };
  return pieceOf(headers, body);
}

function pieceOf(headers: ReadonlyMap<string, string>, body: string): Piece {
  const type = headers.get('content-type') ?? 'text/plain';
  return {
    name:
      parameterOf(headers.get('content-disposition') ?? '', 'filename') ??
      parameterOf(type, 'name'),
    type: type.split(';')[0]!.trim().toLowerCase(),
    content: decoded(body, headers.get('content-transfer-encoding') ?? ''),
    mergeHow: headers.get('merge-type') ?? headers.get('x-merge-type'),
  };
}

/** Headers by their names in small letters, continued lines joined (RFC 5322 §2.2.3), and what follows them. */
function entity(text: string): { headers: Map<string, string>; body: string } {
  const headers = new Map<string, string>();
  const lines = text.replace(/^(?:\r?\n)+/, '').split('\n');
  let last: string | undefined;
  let at = 0;
  for (; at < lines.length; at++) {
    const line = lines[at]!.replace(/\r$/, '');
    if (line === '') {
      at++;
      break;
    }
    const header = /^([!-9;-~]+):\s*(.*)$/.exec(line);
    if (/^[ \t]/.test(line) && last !== undefined)
      headers.set(last, `${headers.get(last)} ${line.trim()}`);
    else if (header) headers.set((last = header[1]!.toLowerCase()), header[2]!);
    else if (!line.startsWith('From ')) break;
  }
  return { headers, body: lines.slice(at).join('\n') };
}

function parameterOf(header: string, name: string): string | undefined {
  const found = new RegExp(`;\\s*${name}\\s*=\\s*(?:"([^"]*)"|([^;\\s]+))`, 'i').exec(header);
  const value = found?.[1] ?? found?.[2];
  return value === undefined || value === '' ? undefined : value;
}

function decoded(body: string, encoding: string): Buffer {
  switch (encoding.trim().toLowerCase()) {
    case 'base64':
      return Buffer.from(body, 'base64');
    case 'quoted-printable':
      return Buffer.from(
        body
          .replace(/[ \t]+(?=\r?\n)/g, '')
          .replace(/=\r?\n/g, '')
          .replace(/=([0-9A-Fa-f]{2})/g, (_, digits: string) =>
            String.fromCodePoint(Number.parseInt(digits, 16)),
          ),
        'latin1',
      );
    default:
      return Buffer.from(body, 'latin1');
  }
}

/** `#cloud-config-archive`: a list of contents, each alone or with its type. */
function archive(content: Buffer, name: string, notices: string[]): Piece[] {
  let list: unknown;
  try {
    list = readYaml(content.toString('utf8'));
  } catch (error) {
    notices.push(`${name} is not YAML: ${messageOf(error)}`);
  }
  if (!Array.isArray(list)) {
    if (list !== undefined) notices.push(`${name} is not a list of parts`);
    return [];
  }
  return list.flatMap((entry: unknown): Piece[] => {
    const part =
      typeof entry === 'string' ? { content: entry } : (entry as Record<string, unknown>);
    if (typeof part?.['content'] !== 'string') return [];
    const file = part['filename'];
    return [
      {
        name: typeof file === 'string' ? file : undefined,
        type: typeof part['type'] === 'string' ? part['type'] : '',
        content: Buffer.from(part['content']),
        mergeHow: undefined,
      },
    ];
  });
}

/** YAML 1.1, as cloud-init's parser takes it: `0644` is octal, `yes` is true, a key that comes twice counts the second time. */
export const readYaml = (text: string): unknown =>
  parse(text, {
    version: '1.1',
    uniqueKeys: false,
    maxAliasCount: 100,
    prettyErrors: false,
    logLevel: 'error',
  });
