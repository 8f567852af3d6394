import type { Credentials } from '../api/session.ts';
import { h, type VirtualElement } from './element.ts';
import { mark } from './icons.ts';
import { errorText } from './parts.ts';

export interface SignInForm {
  /** Why the form is shown again: an ended session. */
  readonly notice: string | undefined;
  readonly error: Error | undefined;
  readonly busy: boolean;
  /** Filled in at first: who was signed in before in this tab. */
  readonly user: string;
  readonly project: string;
  submit(credentials: Credentials): void;
}

export function signInPage(form: SignInForm): readonly VirtualElement[] {
  return [
    h(
      'main',
      { class: 'sign-in', key: 'sign-in' },
      h(
        'form',
        {
          method: 'post',
          'aria-labelledby': 'sign-in-title',
          on: { submit: (event) => submit(event, form) },
        },
        h('div', { class: 'sign-in-brand' }, mark(), h('h1', { id: 'sign-in-title' }, 'Ovenbird')),
        h(
          'p',
          { class: 'quiet' },
          'Sign in to the cloud at ',
          h('span', { class: 'mono' }, location.host),
        ),
        h(
          'div',
          { role: 'alert', class: 'sign-in-messages' },
          form.notice ? h('p', { class: 'notice' }, form.notice) : null,
          form.error ? h('p', { class: 'error' }, errorText(form.error)) : null,
        ),
        field('User', 'username', 'text', form.user),
        field('Password', 'current-password', 'password', ''),
        field('Project', 'organization', 'text', form.project),
        h(
          'button',
          {
            type: 'submit',
            class: 'button primary',
            'aria-disabled': form.busy ? 'true' : undefined,
          },
          form.busy ? 'Signing in …' : 'Sign in',
        ),
        h(
          'p',
          { class: 'quiet hint' },
          'On the machine of the cloud, ',
          h('code', { class: 'command' }, 'npx ovenbird openrc'),
          ' prints user, password and project.',
        ),
      ),
    ),
  ];
}

const field = (label: string, autocomplete: string, type: string, value: string): VirtualElement =>
  h(
    'label',
    { class: 'field', key: label },
    h('span', null, label),
    h('input', {
      type,
      name: label.toLowerCase(),
      value,
      autocomplete,
      required: true,
      maxlength: 255,
      autocapitalize: 'none',
      spellcheck: 'false',
    }),
  );

function submit(event: SubmitEvent, form: SignInForm): void {
  event.preventDefault();
  if (form.busy) return;
  const data = new FormData(event.currentTarget as HTMLFormElement);
  const text = (name: string) => String(data.get(name) ?? '');
  form.submit({ user: text('user'), password: text('password'), project: text('project') });
}
