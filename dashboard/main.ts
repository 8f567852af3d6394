/** The dashboard's first lines: whoever has a token in this tab sees the cloud, everybody else the sign-in. */
import { forget, signIn, storedSession, type Credentials, type Session } from './api/session.ts';
import { SignedIn } from './signed-in.ts';
import { patch } from './view/patch.ts';
import { signInPage } from './view/sign-in.ts';

const root = document.getElementById('app') as HTMLElement;

function showCloud(session: Session): void {
  const page = new SignedIn(root, session, (sentence) => {
    forget();
    showSignIn(session, sentence);
  });
  page.start();
}

function showSignIn(before: Session | undefined, notice: string | undefined): void {
  let error: Error | undefined;
  let busy = false;
  const draw = () =>
    patch(
      root,
      signInPage({
        notice,
        error,
        busy,
        user: before?.user.name ?? '',
        project: before?.project.name ?? '',
        submit: (credentials) => void submit(credentials),
      }),
    );
  const submit = async (credentials: Credentials) => {
    busy = true;
    error = undefined;
    draw();
    try {
      showCloud(await signIn(credentials));
    } catch (reason) {
      busy = false;
      error = reason as Error;
      draw();
      root.querySelector<HTMLElement>('input[type="password"]')?.focus();
    }
  };
  document.title = 'Sign in · Ovenbird';
  draw();
  const first = before ? 'input[type="password"]' : 'input';
  root.querySelector<HTMLElement>(first)?.focus();
}

const session = storedSession();
if (session === undefined) showSignIn(undefined, undefined);
else showCloud(session);
