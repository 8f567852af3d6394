import { randomBytes } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { hashForShadow } from '../../../../core/crypt.ts';
import { messageOf } from '../../../../core/errors.ts';
import { readYaml, type Part } from './parts.ts';
import { call, quoted, type Plan } from './plan.ts';

type Settings = Readonly<Record<string, unknown>>;

const CONTENT_LIMIT = 2 ** 20;
const MOST_ITEMS = 500;
const NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,31}\$?$/;

/** Joins the cloud-configs of user data: a later one replaces what it names, or adds to lists where it says so. */
export function mergeConfigs(parts: readonly Part[], plan: Plan): Settings {
  const merged: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const { name, content, mergeHow } of parts) {
    let config: unknown;
    try {
      config = readYaml(content.toString('utf8'));
    } catch (error) {
      plan.notice(`${name} is not YAML, nothing of it is done: ${messageOf(error)}`);
      continue;
    }
    if (config === null || config === undefined) continue;
    if (typeof config !== 'object' || Array.isArray(config)) {
      plan.notice(`${name} is no cloud-config: it should be keys and values`);
      continue;
    }
    const settings = config as Settings;
    const how = settings['merge_how'] ?? settings['merge_type'] ?? mergeHow ?? '';
    const appends = /append/.test(typeof how === 'string' ? how : JSON.stringify(how));
    for (const [key, value] of Object.entries(settings)) {
      const before = merged[key];
      merged[key] =
        appends && Array.isArray(before) && Array.isArray(value) ? [...before, ...value] : value;
    }
  }
  return merged;
}

/** What a key of a cloud-config becomes; it may tell of what it cannot do. */
type Key = (value: unknown, plan: Plan, settings: Settings) => void;

/**
 * The keys that are carried out, in the order in which cloud-init's stages do it: what comes before the image's own
 * program (its `init` stage), then what runs beside it. Source: cloud-init's module reference.
 */
const KEYS: Readonly<Record<string, Key>> = {
  bootcmd: (value, plan) => {
    const script = commandScript(value, 'bootcmd', plan);
    if (script !== undefined)
      plan.always.push(call('run_script', plan.file('bootcmd', script, 0o755), 'bootcmd'));
  },
  write_files: (value, plan) => writeFiles(value, plan, false),
  hostname: () => undefined,
  fqdn: () => undefined,
  preserve_hostname: () => undefined,
  prefer_fqdn_over_hostname: () => undefined,
  manage_etc_hosts: () => undefined,
  groups: (value, plan) => {
    for (const [name, members] of groupsOf(value, plan)) {
      plan.early.push(call('add_group', name));
      for (const member of members) plan.early.push(call('add_to_group', member, name));
    }
  },
  users: addUsers,
  user: (value, plan) => {
    if (!isObject(value)) plan.notice('user: only the form with keys and values is carried out');
    // The administrator is there, and is not locked out by what he is given.
    else addUser({ name: plan.administrator, lock_passwd: false, ...value }, plan);
  },
  ssh_authorized_keys: (value, plan) => keysFor(plan.administrator, value, plan),
  timezone: (value, plan) => {
    const zone = textOf(value);
    if (zone === undefined || !/^[A-Za-z0-9+_-]+(?:\/[A-Za-z0-9+_-]+){0,2}$/.test(zone))
      plan.notice('timezone: it should be a name such as Europe/Berlin');
    else plan.early.push(call('set_timezone', zone));
  },
  password: (value, plan, settings) => {
    const password = textOf(value);
    const expire = isObject(settings['chpasswd']) ? settings['chpasswd']['expire'] : undefined;
    if (password !== undefined) passwordFor(plan.administrator, password, undefined, expire, plan);
  },
  chpasswd: changePasswords,
  ssh_pwauth: (value, plan) => {
    if (value === 'unchanged' || value === null) return;
    plan.early.push(call('password_logins', isTruth(value) ? 'yes' : 'no'));
  },
  package_update: () => undefined,
  package_upgrade: () => undefined,
  apt_update: () => undefined,
  apt_upgrade: () => undefined,
  packages: () => undefined,
  runcmd: (value, plan) => {
    const script = commandScript(value, 'runcmd', plan);
    if (script !== undefined)
      plan.commands.push(call('run_script', plan.file('runcmd', script, 0o755), 'runcmd'));
  },
  final_message: (value, plan) => {
    const message = textOf(value);
    if (message !== undefined) plan.last.push(call('say', message));
  },
};

/** Keys that change nothing here, so that nothing has to be said of them. */
const SILENT = new Set([
  'merge_how',
  'merge_type',
  'output',
  'ssh_deletekeys',
  'disable_root',
  'no_ssh_fingerprints',
]);

/** Adds what a cloud-config asks for to the plan. */
export function planConfig(settings: Settings, plan: Plan): void {
  const given = (key: string) => Object.hasOwn(settings, key) && settings[key] !== null;
  for (const [key, carryOut] of Object.entries(KEYS))
    if (given(key)) carryOut(settings[key], plan, settings);
  installPackages(settings, plan);
  if (given('write_files')) writeFiles(settings['write_files'], plan, true);
  plan.setHostname(hostnameIn(settings));
  const others = Object.keys(settings).filter((key) => !(key in KEYS) && !SILENT.has(key));
  if (others.length > 0)
    plan.notice(
      `these keys of cloud-config are not carried out: ${others.toSorted().join(', ').slice(0, 500)}`,
    );
}

/** `hostname`, or the first label of `fqdn`; none when the name of the server is to stay. */
function hostnameIn(settings: Settings): string | undefined {
  if (isTruth(settings['preserve_hostname'])) return undefined;
  const [fqdn, hostname] = [textOf(settings['fqdn']), textOf(settings['hostname'])];
  const full = fqdn ?? hostname;
  const name = isTruth(settings['prefer_fqdn_over_hostname'])
    ? full
    : (hostname ?? fqdn?.split('.')[0]);
  const isValid = (text: string | undefined) =>
    text !== undefined && /^(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(text);
  if (!isValid(name)) return undefined;
  const domain =
    full !== undefined && full.includes('.') && isValid(full) ? full.slice(full.indexOf('.')) : '';
  return name!.includes('.') ? name : `${name}${domain}`;
}

/** Commands as one script for the image's shell, as cloud-init writes it: lines as they are, lists word by word. */
function commandScript(value: unknown, key: string, plan: Plan): string | undefined {
  if (!Array.isArray(value)) {
    plan.notice(`${key}: it should be a list of commands`);
    return undefined;
  }
  const lines: string[] = ['#!/bin/sh'];
  for (const command of value.slice(0, MOST_ITEMS)) {
    if (typeof command === 'string') lines.push(command);
    else if (Array.isArray(command)) {
      const words = command.map(textOf);
      if (words.every((word) => word !== undefined && !word.includes('\0')))
        lines.push(words.map((word) => quoted(word!)).join(' '));
      else plan.notice(`${key}: a command of something else than words is left out`);
    } else if (command !== null) plan.notice(`${key}: ${typeof command} is no command`);
  }
  return lines.length > 1 ? `${lines.join('\n')}\n` : undefined;
}

function writeFiles(value: unknown, plan: Plan, deferred: boolean): void {
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

/** `groups`: names, or names with members. */
function groupsOf(value: unknown, plan: Plan): [string, string[]][] {
  const entries: [string, unknown][] =
    typeof value === 'string'
      ? value.split(',').map((name) => [name.trim(), []])
      : Array.isArray(value)
        ? value.flatMap((entry: unknown): [string, unknown][] =>
            isObject(entry) ? Object.entries(entry) : [[textOf(entry) ?? '', []]],
          )
        : isObject(value)
          ? Object.entries(value)
          : [];
  return entries.flatMap(([name, members]) => {
    if (!NAME.test(name)) {
      plan.notice(`groups: ${name.slice(0, 40)} is no name of a group`);
      return [];
    }
    return [[name, listOf(members).filter((member) => NAME.test(member))]];
  });
}

function addUsers(value: unknown, plan: Plan): void {
  const entries = Array.isArray(value)
    ? value
    : typeof value === 'string'
      ? value.split(',')
      : [value];
  for (const entry of entries.slice(0, MOST_ITEMS)) {
    const name = textOf(entry)?.trim();
    // The image's own administrator, who is there already.
    if (name === 'default') continue;
    if (name !== undefined) addUser({ name }, plan);
    else if (isObject(entry)) addUser(entry, plan);
  }
}

/** Members of a user that are carried out or need nothing. */
const USER_KEYS = new Set(
  (
    'name gecos primary_group groups no_user_group no_create_home homedir shell system uid sudo lock_passwd ' +
    'lock-passwd passwd hashed_passwd plain_text_passwd ssh_authorized_keys ssh-authorized-keys ' +
    'no_log_init create_groups'
  ).split(' '),
);

function addUser(user: Settings, plan: Plan): void {
  const name = textOf(user['name']) ?? '';
  if (!NAME.test(name))
    return plan.notice(`users: ${name.slice(0, 40) || 'one without a name'} is no name of a user`);
  const plain = (key: string) => {
    const text = textOf(user[key]) ?? '';
    if (!/[:\n\0]/.test(text)) return text;
    plan.notice(`users: ${key} of ${name} has characters that /etc/passwd cannot have`);
    return '';
  };
  const primary = plain('primary_group');
  const uid = plain('uid');
  if (primary !== '' && NAME.test(primary)) plan.early.push(call('add_group', primary));
  plan.early.push(
    call(
      'add_user',
      name,
      /^\d{1,9}$/.test(uid) ? uid : '',
      NAME.test(primary) ? primary : isTruth(user['no_user_group']) ? 'users' : '',
      plain('gecos'),
      plain('homedir'),
      plain('shell'),
      isTruth(user['system']) ? 'system' : '',
      isTruth(user['no_create_home']) || isTruth(user['system']) ? 'none' : '',
    ),
  );
  for (const group of listOf(
    isObject(user['groups']) ? Object.keys(user['groups']) : user['groups'],
  )) {
    if (!NAME.test(group)) plan.notice(`users: ${group.slice(0, 40)} is no name of a group`);
    else plan.early.push(call('add_group', group), call('add_to_group', name, group));
  }
  const [hash, text] = [
    textOf(user['hashed_passwd']) ?? textOf(user['passwd']),
    textOf(user['plain_text_passwd']),
  ];
  if (hash !== undefined || text !== undefined) passwordFor(name, text, hash, false, plan);
  if (isTruth(user['lock_passwd'] ?? user['lock-passwd'] ?? true))
    plan.early.push(call('lock_password', name));
  sudoFor(name, user['sudo'], plan);
  keysFor(name, user['ssh_authorized_keys'] ?? user['ssh-authorized-keys'], plan);
  const others = Object.keys(user).filter((key) => !USER_KEYS.has(key));
  if (others.length > 0)
    plan.notice(`users: of ${name} these are not carried out: ${others.join(', ').slice(0, 200)}`);
}

function sudoFor(name: string, value: unknown, plan: Plan): void {
  const rules = (Array.isArray(value) ? value : [value]).filter((rule) => typeof rule === 'string');
  if (rules.length === 0) return;
  const lines = rules.filter((rule) => !/[\n\0]/.test(rule)).map((rule) => `${name} ${rule}\n`);
  plan.early.push(call('allow_sudo', plan.file('sudo', lines.join(''), 0o644)));
}

function keysFor(name: string, value: unknown, plan: Plan): void {
  const keys = (Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [value])
    .flatMap((key) => textOf(key)?.trim() ?? [])
    .filter((key) => key !== '' && !/[\n\0]/.test(key));
  if (keys.length > 0)
    plan.early.push(call('authorize', name, plan.file('keys', `${keys.join('\n')}\n`, 0o644)));
}

/** A password in words, or its hash as `/etc/shadow` has it. `expire`: it must be changed at the first login. */
function passwordFor(
  name: string,
  password: string | undefined,
  hash: string | undefined,
  expire: unknown,
  plan: Plan,
): void {
  const value = hash ?? hashForShadow(password ?? '');
  if (/[:\s\\\0]/.test(value)) return plan.notice(`the password of ${name} is no hash`);
  plan.early.push(
    call(
      'set_password',
      name,
      plan.file('password', `${value}\n`, 0o600),
      isTruth(expire ?? true) ? 'expired' : '',
    ),
  );
}

/** `chpasswd`: lines or a list of `name:password`, or users with password and type. */
function changePasswords(value: unknown, plan: Plan): void {
  if (!isObject(value)) return plan.notice('chpasswd: it should be keys and values');
  const expire = value['expire'];
  const given: { name: string; password: string; type: string }[] = [];
  const list = value['list'];
  for (const line of Array.isArray(list) ? list.map(textOf) : (textOf(list) ?? '').split('\n')) {
    const at = line?.indexOf(':') ?? -1;
    if (line === undefined || at <= 0) continue;
    const password = line.slice(at + 1).trim();
    const isHash = /^\$(?:1|2a|2y|5|6|y)\$/.test(password);
    const type = isHash ? 'hash' : /^(?:R|RANDOM)$/.test(password) ? 'RANDOM' : 'text';
    given.push({ name: line.slice(0, at).trim(), password, type });
  }
  for (const user of (Array.isArray(value['users']) ? value['users'] : []) as unknown[])
    if (isObject(user))
      given.push({
        name: textOf(user['name']) ?? '',
        password: textOf(user['password']) ?? '',
        type: textOf(user['type']) ?? 'hash',
      });
  for (const { name, password, type } of given.slice(0, MOST_ITEMS)) {
    if (!NAME.test(name)) plan.notice(`chpasswd: ${name.slice(0, 40)} is no name of a user`);
    else if (type === 'hash') passwordFor(name, undefined, password, expire, plan);
    else if (type === 'RANDOM') {
      const random = randomBytes(15).toString('base64url');
      passwordFor(name, random, undefined, expire, plan);
      plan.early.push(call('say', `ovenbird: the random password of ${name} is ${random}`));
    } else passwordFor(name, password, undefined, expire, plan);
  }
}

function installPackages(settings: Settings, plan: Plan): void {
  const list = settings['packages'];
  if (list !== undefined && list !== null && !Array.isArray(list))
    plan.notice('packages: it should be a list');
  const lines: string[] = [];
  for (const entry of (Array.isArray(list) ? list : []).slice(0, MOST_ITEMS) as unknown[]) {
    const entries = isObject(entry) ? listOfPackages(entry, plan) : [entry];
    for (const one of entries) {
      const [name, version] = Array.isArray(one) ? one.map(textOf) : [textOf(one), undefined];
      const isWord = (text: string | undefined) =>
        text === undefined || /^[A-Za-z0-9@][^\s\0]*$/.test(text);
      if (name === undefined || !isWord(name) || !isWord(version))
        plan.notice('packages: what is no name of a package is left out');
      else lines.push(`${name}\t${version ?? ''}`);
    }
  }
  const update = isTruth(settings['package_update'] ?? settings['apt_update']);
  const upgrade = isTruth(settings['package_upgrade'] ?? settings['apt_upgrade']);
  if (lines.length === 0 && !update && !upgrade) return;
  plan.packages.push(
    call(
      'install_packages',
      plan.file('packages', lines.map((line) => `${line}\n`).join(''), 0o644),
      upgrade ? 'upgrade' : '',
    ),
  );
}

/** Packages of one manager: `apt: [..]`; those of others than the images' own are told of. */
function listOfPackages(entry: Settings, plan: Plan): unknown[] {
  return Object.entries(entry).flatMap(([manager, list]) => {
    if (manager === 'apt' && Array.isArray(list)) return list as unknown[];
    plan.notice(`packages: those of ${manager.slice(0, 40)} are left out`);
    return [];
  });
}

const isObject = (value: unknown): value is Settings =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Uint8Array);

/** Text, or what YAML has read as a number or truth. */
const textOf = (value: unknown): string | undefined =>
  typeof value === 'string'
    ? value
    : typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : undefined;

const listOf = (value: unknown): string[] =>
  (Array.isArray(value) ? value : typeof value === 'string' ? value.split(',') : [])
    .flatMap((entry: unknown) => textOf(entry)?.trim() ?? [])
    .filter((entry) => entry !== '');

const isTruth = (value: unknown): boolean =>
  value === true ||
  (typeof value === 'string' && /^(?:true|yes|on|1)$/i.test(value)) ||
  value === 1;
