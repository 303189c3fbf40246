/** What `JSON.parse` may give. */

/** A JSON object whose values nobody has looked at yet. */
export type JsonObject = { readonly [key: string]: unknown };

/** True for what is written in braces: neither null nor a list. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
