import type { ResourceRow } from '../tables.ts';
import type { ValueMap } from '../language/index.ts';
import { mapOf } from '../language/value.ts';
import type { Step, UpdateStep } from '../resources/type.ts';
import { signalToken, signalUrl, signedUrl } from '../signals/urls.ts';
import type { StackView } from './view.ts';

export interface StepOptions {
  readonly properties?: ValueMap;
  readonly repeated?: boolean;
  readonly signal?: AbortSignal;
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/** Twelve letters and digits of a UUID's randomness, as Heat puts them into names. */
export function shortIdOf(uuid: string): string {
  let bits = BigInt(`0x${uuid.replaceAll('-', '').slice(-15)}`);
  let text = '';
  for (let index = 0; index < 12; index++) {
    text += ALPHABET[Number(bits & 31n)];
    bits >>= 5n;
  }
  return text;
}

const NEVER = new AbortController().signal;

/** What a type is given about a resource; it sees later changes of the row. */
export function stepOf(view: StackView, row: ResourceRow, options: StepOptions): Step {
  const { context, stack, cloud } = view;
  return {
    cloud,
    stack: { id: stack.id, name: stack.name, projectId: stack.project_id, tags: stack.tags },
    name: row.name,
    uuid: row.id,
    get shortId() {
      return shortIdOf(row.id);
    },
    get physicalId() {
      return row.physical_id;
    },
    intendedId: row.intended_id,
    repeated: options.repeated ?? false,
    properties: options.properties ?? row.properties ?? row.wanted ?? mapOf([]),
    get metadata() {
      return row.metadata;
    },
    get data() {
      return row.data;
    },
    async save({ physicalId, data, metadata, later }) {
      if (physicalId !== undefined) row.physical_id = physicalId;
      if (metadata !== undefined) row.metadata = metadata;
      if (data !== undefined) {
        const kept = Object.entries({ ...row.data, ...data }).filter(([, value]) => value !== null);
        row.data = Object.fromEntries(kept) as Record<string, string>;
      }
      const written = context.journal.write({ rows: [row], ...(later && { later }) });
      if (later) written.catch(() => undefined);
      else await written;
    },
    get nestedStackId() {
      return row.nested_id;
    },
    get nested() {
      return row.nested_id === null ? null : view.nestedView(row.nested_id);
    },
    updatePolicy: row.update_policy,
    signals: {
      signedUrl: async (kind) => signedUrl(context, stack, row, kind),
      apiUrl: () => signalUrl(context, stack, row),
      token: async () => signalToken(context, stack, row),
    },
    signal: options.signal ?? NEVER,
  };
}

/** The same for an update; `former` is what the properties were. */
export const updateStepOf = (
  view: StackView,
  row: ResourceRow,
  options: StepOptions & { former: ValueMap; changed: ReadonlySet<string> },
): UpdateStep => {
  const step = stepOf(view, row, options);
  return Object.defineProperties(
    { former: options.former, changed: options.changed },
    Object.getOwnPropertyDescriptors(step),
  ) as UpdateStep;
};
