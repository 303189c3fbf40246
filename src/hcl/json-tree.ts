/** JSON as a tree with places: what `JSON.parse` does not keep. */

interface Node {
  readonly start: number;
  readonly end: number;
}

export type JsonNode = JsonScalar | JsonString | JsonArray | JsonObject;

export interface JsonScalar extends Node {
  readonly kind: 'scalar';
  readonly value: null | boolean | number | bigint;
}

export interface JsonString extends Node {
  readonly kind: 'string';
  readonly value: string;
  /** True when the text between the quotes is not the value: offsets inside cannot be told. */
  readonly hasEscapes: boolean;
}

export interface JsonArray extends Node {
  readonly kind: 'array';
  readonly elements: readonly JsonNode[];
}

export interface JsonObject extends Node {
  readonly kind: 'object';
  /** As written: names may repeat. */
  readonly properties: readonly JsonProperty[];
}

export interface JsonProperty {
  readonly name: JsonString;
  readonly value: JsonNode;
}
