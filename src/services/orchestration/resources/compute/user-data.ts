import { multipart, partsOf, textPart } from '../mime.ts';
import { jsonOf, type ValueMap } from '../../language/index.ts';

/** How user data reaches the guest: as it is, or with what Heat's tools in the guest want to know. */
export type UserDataFormat = 'RAW' | 'HEAT_CFNTOOLS' | 'SOFTWARE_CONFIG';

/** Told to cloud-init in the guest: parts of this kind are files for the tools there. */
const PART_HANDLER = `#part-handler
# Puts what Heat sends along where its tools in the guest look for it.
import os

FOLDERS = ("/var/lib/heat-cfntools", "/var/lib/cloud/data")


def list_types():
    return ["text/x-cfninitdata"]


def handle_part(data, ctype, filename, payload):
    if ctype != "text/x-cfninitdata":
        return
    for folder in FOLDERS:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        with open(os.path.join(folder, filename), "w") as file:
            file.write(payload)
`;

/** Written at the end of what has no boundary of its own. */
const HEADER = /^(?:mime-version|content-type):/im;

/** Whether the text is a message of several parts already, as OS::Heat::MultipartMime makes them. */
export const isMultipart = (text: string): boolean => {
  const [head = ''] = text.split(/\r?\n\r?\n/, 1);
  return HEADER.test(head) && /multipart\//i.test(head);
};

/** What cloud-init takes a text for, by its beginning. */
function subtypeOf(text: string): string {
  const kinds: readonly (readonly [string, string])[] = [
    ['#!', 'x-shellscript'],
    ['#cloud-config', 'cloud-config'],
    ['#cloud-boothook', 'cloud-boothook'],
    ['#include', 'x-include-url'],
    ['#part-handler', 'part-handler'],
    ['#upstart-job', 'upstart-job'],
  ];
  return kinds.find(([beginning]) => text.startsWith(beginning))?.[1] ?? 'plain';
}

/**
 * What a server is given as user data. Where there is nothing to add to the user's own text it stays as it is, whatever
 * the format: a guest without Heat's tools runs it like any other. The resource's metadata is added as a file
 * `cfn-init-data` for those tools.
 */
export function userDataFor(
  content: string,
  userDataFormat: UserDataFormat,
  metadata: ValueMap,
): string {
  if (userDataFormat === 'RAW' || Object.keys(metadata).length === 0) return content;
  const own = isMultipart(content)
    ? partsOf(content)
    : content === ''
      ? []
      : [textPart(content, subtypeOf(content), 'userdata')];
  return multipart([
    textPart(PART_HANDLER, 'part-handler', 'part-handler.py'),
    ...own,
    textPart(jsonOf(metadata), 'x-cfninitdata', 'cfn-init-data'),
  ]);
}
