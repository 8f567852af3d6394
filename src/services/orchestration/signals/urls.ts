import type { OrchestrationContext } from '../context.ts';
import type { ResourceRow, StackRow } from '../tables.ts';

type Context = Pick<OrchestrationContext, 'keys' | 'options' | 'configuration'>;

/** Address of the orchestration service as servers and clients reach it. */
function root({ options, configuration }: Context): string {
  const { address, port } = configuration.listen;
  const host = address.includes(':') ? `[${address}]` : address;
  return options.signal_url ?? `http://${host}:${port}/orchestration`;
}

const pathOf = (stack: StackRow, row: Pick<ResourceRow, 'name'>): string =>
  `${stack.project_id}/stacks/${encodeURIComponent(stack.name)}/${stack.id}/resources/${encodeURIComponent(row.name)}`;

/** What a signature is about: it holds for this one resource, whatever the stack is called. */
export const signedText = (stackId: string, resource: string, kind: string): string =>
  `${kind} ${stackId} ${resource}`;

/** An address that whoever knows it may use to signal this one resource, without a token. */
export function signedUrl(
  context: Context,
  stack: StackRow,
  row: Pick<ResourceRow, 'name'>,
  kind: 'signal' | 'waitcondition',
): string {
  const signature = context.keys.sign(signedText(stack.id, row.name, kind));
  return `${root(context)}/v1/${kind}/${stack.id}/resources/${encodeURIComponent(row.name)}?Signature=${signature}`;
}

/** A token that is good for signalling this one resource, and nothing else. */
export const signalToken = (
  context: Context,
  stack: Pick<StackRow, 'id'>,
  row: Pick<ResourceRow, 'name'>,
): string => `signal-${context.keys.sign(signedText(stack.id, row.name, 'token'))}`;

export const isSignalToken = (
  context: Context,
  stackId: string,
  resource: string,
  token: string,
): boolean =>
  token.startsWith('signal-') &&
  context.keys.verify(signedText(stackId, resource, 'token'), token.slice('signal-'.length));

/** Where somebody with a token signals the resource. */
export const signalUrl = (
  context: Context,
  stack: StackRow,
  row: Pick<ResourceRow, 'name'>,
): string => `${root(context)}/v1/${pathOf(stack, row)}/signal`;
