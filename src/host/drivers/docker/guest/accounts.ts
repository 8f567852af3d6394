import { randomBytes } from 'node:crypto';
import { hashForShadow } from '../../../../core/crypt.ts';
import { call, type Plan } from './plan.ts';
import { isObject, isTruth, listOf, MOST_ITEMS, textOf, type Settings } from './values.ts';

const NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,31}\$?$/;

/** `groups`: names, or names with members. */
export function groupsOf(value: unknown, plan: Plan): [string, string[]][] {
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

/** `users`: names, or users with members. */
export function addUsers(value: unknown, plan: Plan): void {
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

/** One user, as a member of `users` or `user` describes it. */
export function addUser(user: Settings, plan: Plan): void {
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

/** Keys that may log in as a user. */
export function keysFor(name: string, value: unknown, plan: Plan): void {
  const keys = (Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [value])
    .flatMap((key) => textOf(key)?.trim() ?? [])
    .filter((key) => key !== '' && !/[\n\0]/.test(key));
  if (keys.length > 0)
    plan.early.push(call('authorize', name, plan.file('keys', `${keys.join('\n')}\n`, 0o644)));
}

/** A password in words, or its hash as `/etc/shadow` has it. `expire`: it must be changed at the first login. */
export function passwordFor(
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
export function changePasswords(value: unknown, plan: Plan): void {
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
