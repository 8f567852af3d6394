/** The named characters that services escape in HTML. */
const CHARACTERS: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  '#39': "'",
  '#x27': "'",
  nbsp: ' ',
};

/** The sentence in one of Glance's error pages: what stands in the body beside the heading. */
function wordsOfPage(page: string): string {
  return page
    .replace(/^[\s\S]*<\/h1>/i, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&([a-z]+|#\w+);/gi, (whole, name: string) => CHARACTERS[name.toLowerCase()] ?? whole)
    .replace(/\s+/g, ' ')
    .trim();
}

const textOf = (value: unknown, ...names: string[]): string | undefined => {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const name of names) {
    const text = (value as Record<string, unknown>)[name];
    if (typeof text === 'string' && text.trim() !== '') return text.trim();
  }
  return undefined;
};

/**
 * The service's own words in the body of an error, whatever its shape: Keystone's `error`, Nova's
 * `{badRequest: …}`, `NeutronError`, placement's `errors` or Glance's page. Undefined when it has none.
 */
export function wordsOfError(body: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return /<html/i.test(body) ? wordsOfPage(body) || undefined : undefined;
  }
  const direct = textOf(value, 'message', 'detail');
  if (direct !== undefined) return direct;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const member of Object.values(value)) {
    const words = textOf(Array.isArray(member) ? member[0] : member, 'message', 'detail');
    if (words !== undefined) return words;
  }
  return undefined;
}
