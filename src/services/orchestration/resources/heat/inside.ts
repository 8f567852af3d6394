/** Where servers reach what is for them: the address of metadata, whose host passes signals on. */
const METADATA = '169.254.169.254';

/**
 * An address for signals as a server reaches it. When this cloud listens on the machine's own address only, no server
 * gets there: its host passes signals on.
 */
export function fromInside(address: string): string {
  const url = new URL(address);
  const isOwn =
    url.hostname === 'localhost' || url.hostname === '[::1]' || url.hostname.startsWith('127.');
  return isOwn ? address.replace(url.host, METADATA) : address;
}
