/** The services that every plugin offers its host: health, shutdown, printed output, the broker's stream. */
import type { ServerDuplexStream, ServerWritableStream } from '@grpc/grpc-js';
import type { BrokerEnd } from './broker.ts';
import type { Empty } from './generated/google/protobuf/empty.ts';
import { type ConnInfo, GRPCBrokerService } from './generated/goplugin/broker.ts';
import { GRPCControllerService } from './generated/goplugin/controller.ts';
import {
  type HealthCheckRequest,
  type HealthCheckResponse,
  HealthService,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from './generated/goplugin/health.ts';
import { GRPCStdioService, type StdioData } from './generated/goplugin/stdio.ts';
import { type Service, unary } from './service.ts';
import { RpcError, status } from './status.ts';
import type { OutputQueue } from './stdio.ts';

/** Counts the streams that only a host opens: while one is there, so is the host. */
export class HostStreams {
  #open = 0;
  #waiting: (() => void)[] = [];
  readonly #onLast: () => void;

  /** @param onLast  called whenever the last of them has ended. */
  constructor(onLast: () => void) {
    this.#onLast = onLast;
  }

  get isHeld(): boolean {
    return this.#open > 0;
  }

  /** Once the last of those that are open has ended. */
  ended(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** @returns what to call, once, when the stream has ended. */
  opened(): () => void {
    this.#open++;
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      this.#open--;
      if (this.isHeld) return;
      for (const resolve of this.#waiting.splice(0)) resolve();
      this.#onLast();
    };
  }
}

export interface Control {
  readonly printed: OutputQueue;
  readonly streams: HostStreams;
  readonly onShutdown: () => void;
}

export function controlServices(control: Control, broker: BrokerEnd): readonly Service[] {
  const { printed, streams, onShutdown } = control;
  return [
    {
      definition: HealthService,
      implementation: {
        check: unary(({ service }: HealthCheckRequest): HealthCheckResponse => {
          if (!isServed(service)) throw new RpcError(status.notFound, 'unknown service');
          return { status: ServingStatus.SERVING };
        }),
        /** The answer never changes, so it is sent once; the stream stays open as the protocol asks. */
        watch: (call: ServerWritableStream<HealthCheckRequest, HealthCheckResponse>) => {
          const known = isServed(call.request.service);
          call.write({ status: known ? ServingStatus.SERVING : ServingStatus.SERVICE_UNKNOWN });
          call.on('cancelled', () => call.end());
        },
      },
    },
    {
      definition: GRPCControllerService,
      implementation: {
        shutdown: unary(() => {
          onShutdown();
          return {};
        }),
      },
    },
    {
      definition: GRPCStdioService,
      implementation: {
        streamStdio: (call: ServerWritableStream<Empty, StdioData>) => sendPrinted(call, printed, streams),
      },
    },
    {
      definition: GRPCBrokerService,
      implementation: {
        startStream: (call: ServerDuplexStream<ConnInfo, ConnInfo>) => {
          const ended = streams.opened();
          broker.attach(call);
          call.on('cancelled', ended);
          call.on('close', ended);
        },
      },
    },
  ];
}

/** Of the plugin as a whole, under its own name or none. */
const isServed = (service: string): boolean => service === 'plugin' || service === '';

function sendPrinted(call: ServerWritableStream<Empty, StdioData>, printed: OutputQueue, streams: HostStreams): void {
  const ended = streams.opened();
  let isFull = false;
  let isOver = false;
  const send = () => {
    while (!isFull && !isOver) {
      const message = printed.take();
      if (message === undefined) return;
      isFull = !call.write(message);
    }
  };
  const stop = printed.onData(send);
  const finish = () => {
    isOver = true;
    stop();
    ended();
  };
  call.on('drain', () => {
    isFull = false;
    send();
  });
  call.on('error', finish);
  call.on('cancelled', finish);
  call.on('close', finish);
  send();
}
