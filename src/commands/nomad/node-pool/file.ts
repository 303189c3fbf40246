/** A file that describes a node pool. */
import { readHclFile, textOf, textsOf } from '../text/hcl-file.ts';

/** @throws CommandFailure with what is wrong and where. */
export function readPoolFile(path: string, text: string) {
  const { attributes, blocks, label } = readHclFile(path, text, ['description'], ['meta'], 'node_pool');
  return { Name: label, Description: textOf(attributes['description']), Meta: textsOf(blocks['meta']) };
}

/** What `node pool init` writes. */
export const examplePool = `node_pool "example" {
  description = "Clients that are kept for one kind of work"

  meta {
    owner = "operations"
  }
}
`;
