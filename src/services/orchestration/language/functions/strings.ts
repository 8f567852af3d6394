import { createHash, getHashes } from 'node:crypto';
import {
  isList,
  isMap,
  jsonOf,
  kindOf,
  member,
  textOf,
  type Value,
  type ValueMap,
} from '../value.ts';
import { didYouMean } from '../errors.ts';
import { MOST_CHARACTERS, type Call, type TemplateFunction } from './function.ts';

/** How `str_replace` and its stricter forms treat their values. */
interface ReplaceRules {
  /** Maps and lists become JSON; else they are refused. */
  readonly json: boolean;
  /** Every placeholder must occur in the text. */
  readonly strict: boolean;
  /** Values may not be empty. */
  readonly full: boolean;
}

function replacement(call: Call, key: string, value: Value, rules: ReplaceRules): string {
  if (isList(value) || isMap(value)) {
    if (!rules.json) {
      return call.fail(`${call.name}: "${key}" must be a string or a number, not ${kindOf(value)}`);
    }
    if (!rules.full || Object.keys(value).length > 0) return jsonOf(value);
  } else {
    const text = textOf(value);
    if (text !== '' || !rules.full) return text;
  }
  return call.fail(`${call.name}: "${key}" is undefined or empty`);
}

/** Longer placeholders first, then by name: what one of them has claimed, no other may take. */
function substitute(call: Call, text: string, values: ValueMap, rules: ReplaceRules): string {
  const keys = Object.keys(values)
    .toSorted()
    .toSorted((one, other) => other.length - one.length);
  const missing: string[] = [];
  let pieces: { readonly text: string; readonly done: boolean }[] = [{ text, done: false }];
  let length = text.length;
  for (const key of keys) {
    if (key === '') return call.fail(`${call.name}: a placeholder may not be empty`);
    const value = replacement(call, key, values[key]!, rules);
    let found = 0;
    pieces = pieces.flatMap((piece) => {
      if (piece.done || !piece.text.includes(key)) return [piece];
      const parts = piece.text.split(key);
      found += parts.length - 1;
      return parts.flatMap((part, index) =>
        index === 0
          ? [{ text: part, done: false }]
          : [
              { text: value, done: true },
              { text: part, done: false },
            ],
      );
    });
    length += found * (value.length - key.length);
    if (length > MOST_CHARACTERS) {
      return call.fail(`${call.name}: the text would be longer than ${MOST_CHARACTERS} characters`);
    }
    if (found === 0) missing.push(key);
  }
  if (rules.strict && missing.length > 0) {
    return call.fail(
      `${call.name}: the template has no ${missing.map((key) => `"${key}"`).join(', ')}`,
    );
  }
  return pieces.map((piece) => piece.text).join('');
}

export const strReplace = (rules: ReplaceRules): TemplateFunction => ({
  check(raw, call) {
    if (!isMap(raw) || !Object.hasOwn(raw, 'template') || !Object.hasOwn(raw, 'params')) {
      return call.fail(`${call.name} takes a map with "template" and "params"`);
    }
    const params = raw['params']!;
    if (!isMap(params)) call.fail(`"params" of ${call.name} must be a map, not ${kindOf(params)}`);
  },
  run(args, call) {
    const { template, params } = args as { template?: Value; params?: Value };
    if (typeof template !== 'string') {
      return call.fail(`"template" of ${call.name} must be a string, not ${kindOf(template)}`);
    }
    if (!isMap(params)) {
      return call.fail(`"params" of ${call.name} must be a map, not ${kindOf(params)}`);
    }
    return substitute(call, template, params, rules);
  },
});

/** CFN's form: `[{placeholder: value}, text]`. */
export const fnReplace: TemplateFunction = {
  check(raw, call) {
    if (!isList(raw) || raw.length !== 2 || !isMap(raw[0]!)) {
      call.fail(`${call.name} takes [{placeholder: value…}, text]`);
    }
  },
  run(args, call) {
    const [params, template] = args as readonly Value[];
    if (typeof template !== 'string') return call.fail(`${call.name} needs a text to replace in`);
    return isMap(params)
      ? substitute(call, template, params, { json: false, strict: false, full: false })
      : call.fail(`${call.name} needs a map of placeholders`);
  },
};

/** `list_join`: one list of strings, or (`many`) several lists whose maps and lists become JSON. */
export const listJoin = (many: boolean): TemplateFunction => ({
  check(raw, call) {
    if (!isList(raw) || raw.length < 2 || (!many && raw.length !== 2)) {
      call.fail(`${call.name} takes [delimiter, [string…]${many ? ', …' : ''}]`);
    }
  },
  run(args, call) {
    const [delimiter, ...lists] = args as readonly Value[];
    if (typeof delimiter !== 'string') {
      return call.fail(`the delimiter of ${call.name} must be a string, not ${kindOf(delimiter)}`);
    }
    const items = lists.flatMap((list): readonly Value[] => {
      if (list === null || (many && list === '')) return [];
      return isList(list) ? list : call.fail(`${call.name} joins lists, not ${kindOf(list)}`);
    });
    const text = items
      .map((item) => {
        if (item === null) return '';
        if (typeof item === 'string') return item;
        if (many && (isList(item) || isMap(item))) return jsonOf(item);
        return call.fail(
          `${call.name} joins strings${many ? ', maps and lists' : ''}, not ${kindOf(item)} (${String(item)}): quote it`,
        );
      })
      .join(delimiter);
    return text.length > MOST_CHARACTERS
      ? call.fail(`${call.name} makes a text longer than ${MOST_CHARACTERS} characters`)
      : text;
  },
});

export const strSplit: TemplateFunction = {
  check(raw, call) {
    if (!isList(raw)) call.fail(`${call.name} takes [delimiter, string, index (optional)]`);
  },
  run(args, call) {
    if (!isList(args) || args.length < 2) {
      return call.fail(`${call.name} takes [delimiter, string, index (optional)]`);
    }
    const [delimiter, text, index] = args;
    if (text === null) return null;
    if (typeof delimiter !== 'string' || typeof text !== 'string' || delimiter === '') {
      return call.fail(`${call.name} needs a delimiter and a string, both of them strings`);
    }
    const parts = text.split(delimiter);
    if (index === undefined) return parts;
    const number = Number(index);
    if (!Number.isInteger(number) || index === null || index === '') {
      return call.fail(`the index of ${call.name} must be a whole number`);
    }
    return (
      parts.at(number) ??
      call.fail(`the index of ${call.name} must be between 0 and ${parts.length - 1}`)
    );
  },
};

export const fnSplit: TemplateFunction = {
  check(raw, call) {
    if (!isList(raw) || raw.length !== 2) call.fail(`${call.name} takes [delimiter, string]`);
  },
  run(args, call) {
    const [delimiter, text] = args as readonly Value[];
    return typeof delimiter === 'string' && typeof text === 'string' && delimiter !== ''
      ? text.split(delimiter)
      : call.fail(`${call.name} needs a delimiter and a string, both of them strings`);
  },
};

export const digest: TemplateFunction = {
  run(args, call) {
    if (!isList(args) || args.length !== 2 || !args.every((arg) => typeof arg === 'string')) {
      return call.fail(`${call.name} takes [algorithm, string]`);
    }
    const [algorithm, text] = args as string[];
    const known = getHashes();
    if (!known.some((hash) => hash.toLowerCase() === algorithm!.toLowerCase())) {
      const common = ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'];
      return call.fail(
        `there is no algorithm "${algorithm}": use one of ${common.join(', ')}.${didYouMean(algorithm!, common)}`,
      );
    }
    if ([...text!].some((character) => character > '\u00ff')) {
      return call.fail(`${call.name} reads Latin-1 text only`);
    }
    return createHash(algorithm!).update(Buffer.from(text!, 'latin1')).digest('hex');
  },
};

export const fnBase64: TemplateFunction = {
  // Nothing is encoded, here as in Heat: user data is taken as plain text.
  run: (args, call) =>
    typeof args === 'string' ? args : call.fail(`${call.name} takes a string, not ${kindOf(args)}`),
};

const URL_PARTS = ['scheme', 'username', 'password', 'host', 'port', 'path', 'query', 'fragment'];
/** Percent-encodes all but letters, digits, `_.-~` and what is safe. */
const quote = (text: string, safe = ''): string =>
  encodeURIComponent(text)
    .replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/%[0-9A-F]{2}/g, (code) => {
      const char = String.fromCharCode(parseInt(code.slice(1), 16));
      return safe.includes(char) ? char : code;
    });

export const makeUrl: TemplateFunction = {
  check(raw, call) {
    if (!isMap(raw)) return call.fail(`${call.name} takes a map of ${URL_PARTS.join(', ')}`);
    for (const key of Object.keys(raw)) {
      if (!URL_PARTS.includes(key)) {
        call.fail(`${call.name} has no "${key}".${didYouMean(key, URL_PARTS)}`);
      }
    }
  },
  run(args, call) {
    const map = isMap(args) ? args : call.fail(`${call.name} takes a map`);
    const text = (key: string): string => {
      const value = member(map, key) ?? '';
      if (typeof value === 'string') return value;
      return call.fail(`"${key}" of ${call.name} must be a string, not ${kindOf(value)}`);
    };
    const scheme = text('scheme');
    if (scheme.includes(':')) return call.fail(`"scheme" of ${call.name} goes without ":"`);
    const port = member(map, 'port') ?? '';
    if (
      port !== '' &&
      !(Number.isInteger(Number(port)) && Number(port) > 0 && Number(port) < 65536)
    ) {
      return call.fail(`the port must be a number from 1 to 65535, not "${String(port)}"`);
    }
    const query = member(map, 'query') ?? {};
    if (!isMap(query))
      return call.fail(`"query" of ${call.name} must be a map, not ${kindOf(query)}`);
    const [user, password] = [quote(text('username')), quote(text('password'))];
    const login = user || password ? `${user}${password ? `:${password}` : ''}@` : '';
    const bare = quote(text('host').replace(/^\[(.*)\]$/, '$1'), ':');
    const host = bare.includes(':') ? `[${bare}]` : bare;
    const authority = `${login}${host}${port === '' ? '' : `:${String(port)}`}`;
    const path = quote(text('path'), '/');
    const pairs = Object.entries(query).map(
      ([key, value]) =>
        [key, isList(value) || isMap(value) ? jsonOf(value) : textOf(value)] as const,
    );
    const encoded = pairs
      .map((pair) => pair.map((part) => quote(part, ' /').replaceAll(' ', '+')).join('='))
      .join('&');
    const fragment = quote(text('fragment'), '/');
    const slash = authority && path && !path.startsWith('/') ? '/' : '';
    return [
      scheme && `${scheme}:`,
      authority && `//${authority}`,
      `${slash}${path}`,
      encoded && `?${encoded}`,
      fragment && `#${fragment}`,
    ].join('');
  },
};
