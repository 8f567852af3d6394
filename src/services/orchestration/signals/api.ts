import type { Readable } from 'node:stream';
import { Fault, messageOf } from '../../../core/errors.ts';
import { isUuid } from '../../../core/ids.ts';
import { operation, type Operation, type OperationRequest } from '../../operation.ts';
import type { OrchestrationContext } from '../context.ts';
import { liveRows, rowsOf } from '../engine/view.ts';
import { isMap, mapOf } from '../language/value.ts';
import type { Value } from '../language/index.ts';
import { stackById } from '../stacks/model.ts';
import { deliverSignal } from './deliver.ts';
import { signedText } from './urls.ts';

/** Most bytes of a signal. */
const LIMIT = 256 * 1024;

async function textOf(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += (chunk as Buffer).length;
    if (size > LIMIT) throw new Fault('tooLarge', `A signal has ${LIMIT} bytes at most.`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The body of a signal: whatever its media type says, JSON. */
async function detailsOf(stream: Readable): Promise<Value> {
  const text = (await textOf(stream)).trim();
  if (text === '') return mapOf([]);
  try {
    return JSON.parse(text) as Value;
  } catch (error) {
    throw new Fault('badRequest', `The signal is no JSON: ${messageOf(error).slice(0, 200)}.`);
  }
}

async function receive(
  context: OrchestrationContext,
  request: OperationRequest,
  kind: 'signal' | 'waitcondition',
): Promise<void> {
  const { stack_id: stackId = '', resource_name: name = '' } = request.params;
  const signature = request.query['Signature']?.at(-1) ?? '';
  if (!isUuid(stackId) || !context.keys.verify(signedText(stackId, name, kind), signature)) {
    throw new Fault('forbidden', 'The signature of this address is not valid.', {
      type: 'AccessDenied',
    });
  }
  const details = await detailsOf(request.stream);
  const stack = await stackById(context, stackId);
  const row = stack && liveRows(await rowsOf(context, stackId)).get(name);
  if (!stack || stack.deleted_at !== null || !row) {
    throw new Fault('notFound', 'The resource that this address is for is not there any more.');
  }
  // What arrives this way says it in CFN's words, with capital letters, or in those of HOT.
  await deliverSignal(context, stack, row, isMap(details) ? details : mapOf([['data', details]]));
}

/** Addresses that carry their own permission: for servers and alarms, which have no token. */
export function signalOperations(context: OrchestrationContext): Operation[] {
  const one = (method: 'POST' | 'PUT', kind: 'signal' | 'waitcondition') =>
    operation({
      name: `${kind}_by_signature_${method.toLowerCase()}`,
      method,
      path: `/v1/${kind}/{stack_id}/resources/{resource_name}`,
      summary: 'Signal a resource with an address that was signed for it',
      role: 'public',
      success: 200,
      bodyKind: 'stream',
      async handle(request) {
        await receive(context, request, kind);
        return { body: {} };
      },
    });
  return [one('POST', 'signal'), one('POST', 'waitcondition'), one('PUT', 'waitcondition')];
}
