/** gRPC's server reflection, version 1 and its predecessor. Loaded only where it is asked for. Source: spec go-plugin.md §9.1. */
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { FileOutline, FileSet, type MessageOutline } from './generated/goplugin/descriptor.ts';
import { descriptors } from './generated/goplugin/descriptors.ts';
import {
  type ServerReflectionRequest as Request,
  type ServerReflectionResponse as Response,
  ServerReflectionService,
} from './generated/goplugin/reflection.ts';
import { ServerReflectionService as AlphaService } from './generated/goplugin/reflection_v1alpha.ts';
import type { Service } from './service.ts';
import { status } from './status.ts';

/**
 * @param services  what the server offers beside these two.
 * @param sets      `FileDescriptorSet`s of the application's services; without them only their names are told.
 */
export function reflectionServices(services: readonly Service[], sets: readonly Uint8Array[]): readonly Service[] {
  const definitions = [...services.map(({ definition }) => definition), ServerReflectionService, AlphaService];
  const names = new Set(
    definitions.flatMap((definition) => Object.values(definition).map(({ path }) => serviceOf(path))),
  );
  const answers = new Answers([...names].sort(), [Buffer.from(descriptors, 'base64'), ...sets]);
  const implementation = {
    serverReflectionInfo: (call: ServerDuplexStream<Request, Response>) => {
      call.on('data', (request: Request) => {
        call.write({ validHost: request.host, originalRequest: request, ...answers.to(request) });
      });
      call.on('end', () => call.end());
      call.on('error', () => undefined); // who asked has gone
    },
  };
  return [ServerReflectionService, AlphaService].map((definition) => ({ definition, implementation }));
}

/** `/plugin.GRPCBroker/StartStream` -> `plugin.GRPCBroker`. */
const serviceOf = (path: string): string => path.slice(1, path.lastIndexOf('/'));

type Answer = Omit<Response, 'validHost' | 'originalRequest'>;

interface DescribedFile {
  readonly bytes: Buffer;
  readonly imports: readonly string[];
}

class Answers {
  readonly #services: readonly string[];
  readonly #files = new Map<string, DescribedFile>();
  /** Full name -> file. */
  readonly #symbols = new Map<string, string>();
  /** Full name of the extended message -> number of the extension -> file. */
  readonly #extensions = new Map<string, Map<number, string>>();

  constructor(services: readonly string[], sets: readonly Uint8Array[]) {
    this.#services = services;
    for (const bytes of sets.flatMap((set) => FileSet.decode(set).file)) {
      const outline = FileOutline.decode(bytes);
      if (this.#files.has(outline.name)) continue;
      this.#files.set(outline.name, { bytes, imports: outline.dependency });
      this.#learn(outline);
    }
  }

  to(request: Request): Answer {
    if (request.listServices !== undefined) {
      return { listServicesResponse: { service: this.#services.map((name) => ({ name })) } };
    }
    const { fileByFilename, fileContainingSymbol, fileContainingExtension, allExtensionNumbersOfType } = request;
    if (fileByFilename !== undefined) return this.#file(fileByFilename, `file ${fileByFilename}`);
    if (fileContainingSymbol !== undefined) {
      return this.#file(this.#symbols.get(fileContainingSymbol), `symbol ${fileContainingSymbol}`);
    }
    if (fileContainingExtension !== undefined) {
      const { containingType, extensionNumber } = fileContainingExtension;
      const file = this.#extensions.get(containingType)?.get(extensionNumber);
      return this.#file(file, `extension ${extensionNumber} of ${containingType}`);
    }
    if (allExtensionNumbersOfType !== undefined) return this.#numbers(allExtensionNumbersOfType);
    return failure(status.invalidArgument, 'the request asks for nothing that is known');
  }

  /** The file, then all that it imports. */
  #file(name: string | undefined, wanted: string): Answer {
    if (name === undefined || !this.#files.has(name)) return failure(status.notFound, `${wanted} is not known`);
    const names = new Set([name]);
    for (const one of names) for (const imported of this.#files.get(one)?.imports ?? []) names.add(imported);
    const found = [...names].flatMap((one) => this.#files.get(one)?.bytes ?? []);
    return { fileDescriptorResponse: { fileDescriptorProto: found } };
  }

  #numbers(type: string): Answer {
    if (!this.#symbols.has(type)) return failure(status.notFound, `type ${type} is not known`);
    const extensionNumber = [...(this.#extensions.get(type)?.keys() ?? [])];
    return { allExtensionNumbersResponse: { baseTypeName: type, extensionNumber } };
  }

  #learn(file: FileOutline): void {
    const scope = file.package === '' ? '' : `${file.package}.`;
    this.#learnMessage(
      { name: '', nestedType: file.messageType, enumType: file.enumType, extension: file.extension },
      scope,
      file.name,
    );
    for (const { name, method } of file.service) {
      this.#symbols.set(`${scope}${name}`, file.name);
      for (const one of method) this.#symbols.set(`${scope}${name}.${one.name}`, file.name);
    }
  }

  /** What stands inside a message, or at the top of a file. @param scope  ends in a dot, or is empty. */
  #learnMessage(message: MessageOutline, scope: string, file: string): void {
    for (const { name } of message.enumType) this.#symbols.set(`${scope}${name}`, file);
    for (const { name, extendee, number } of message.extension) {
      this.#symbols.set(`${scope}${name}`, file);
      const numbers = this.#extensions.get(extendee.slice(1)) ?? new Map<number, string>();
      this.#extensions.set(extendee.slice(1), numbers.set(number, file));
    }
    for (const nested of message.nestedType) {
      this.#symbols.set(`${scope}${nested.name}`, file);
      this.#learnMessage(nested, `${scope}${nested.name}.`, file);
    }
  }
}

function failure(errorCode: number, errorMessage: string): Answer {
  return { errorResponse: { errorCode, errorMessage } };
}
