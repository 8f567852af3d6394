import type { Token } from './documents.ts';
import { ApiError, ask } from './request.ts';

/** Who is signed in, where, and with which token. */
export interface Session {
  readonly token: string;
  readonly user: { readonly id: string; readonly name: string };
  readonly project: { readonly id: string; readonly name: string };
  readonly isAdmin: boolean;
  /** Highest compute microversion that both sides know: `2.79`. */
  readonly computeVersion: string;
}

/** What a person types. */
export interface Credentials {
  readonly user: string;
  readonly password: string;
  readonly project: string;
}

const KEY = 'ovenbird.session';

/** The newest compute microversion that the dashboard reads: hypervisors lose their amounts in 2.88. */
const NEWEST = 79;

/** The session of this tab. Session storage ends with the tab and is not shared with others. */
export function storedSession(): Session | undefined {
  try {
    return (JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as Session | null) ?? undefined;
  } catch {
    return undefined;
  }
}

/**
 * Signs in with a password of the domain Default and keeps the token for this tab.
 * Throws ApiError with Keystone's own words when it is refused.
 */
export async function signIn({ user, password, project }: Credentials): Promise<Session> {
  const domain = { id: 'default' };
  const answer = await ask('identity/v3/auth/tokens', {
    method: 'POST',
    body: {
      auth: {
        identity: { methods: ['password'], password: { user: { name: user, domain, password } } },
        scope: { project: { name: project, domain } },
      },
    },
  });
  const { token } = JSON.parse(answer.text) as { token: Token };
  const value = answer.headers.get('x-subject-token');
  if (value === null || token.project === undefined) {
    throw new ApiError(
      answer.status,
      'The identity service gave no token for a project.',
      undefined,
    );
  }
  const session: Session = {
    token: value,
    user: { id: token.user.id, name: token.user.name },
    project: { id: token.project.id, name: token.project.name },
    isAdmin: token.roles?.some(({ name }) => name === 'admin') ?? false,
    computeVersion: await negotiate(value),
  };
  sessionStorage.setItem(KEY, JSON.stringify(session));
  return session;
}

/** Revokes the token, as far as the cloud answers, and forgets it in any case. */
export async function signOut(session: Session): Promise<void> {
  forget();
  await ask('identity/v3/auth/tokens', {
    method: 'DELETE',
    token: session.token,
    headers: { 'x-subject-token': session.token },
  }).catch(() => undefined);
}

/** Forgets the token without a word to the cloud: it is no longer valid. */
export const forget = (): void => sessionStorage.removeItem(KEY);

/** Nova's version document says how far it goes; a cloud without one is asked at its minimum. */
async function negotiate(token: string): Promise<string> {
  try {
    const { text } = await ask('compute/v2.1/', { token });
    const { version } = JSON.parse(text) as { version: { version: string } };
    const minor = Number(/^2\.(\d+)$/.exec(version.version)?.[1] ?? 1);
    return `2.${Math.min(minor, NEWEST)}`;
  } catch {
    return '2.1';
  }
}
