/** A UUID as it is kept, or undefined when the text is none. As in OpenStack, hyphens and case do not matter. */
export function normalUuid(text: string): string | undefined {
  const digits = text.replaceAll('-', '').toLowerCase();
  if (text.length > 45 || !/^[0-9a-f]{32}$/.test(digits)) return undefined;
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
