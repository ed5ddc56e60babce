/** The stub as a process that ends with this one. */

import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import { createInterface } from "node:readline";
import { findCommand, type Command } from "./command.js";
import { StubControl } from "./control.js";
import type { StubOptions } from "./options.js";

const PATIENCE = 60_000;
const UNTIL_KILLED = 10_000;
const LINES_SHOWN = 15;

/** A running stub. It ends with this process, even if that is killed. */
export class Stub extends StubControl {
  /** @internal */
  constructor(
    url: string,
    private readonly child: ChildProcessWithoutNullStreams,
    private readonly lines: readonly string[],
  ) {
    super(url);
  }

  /** The last lines that the stub wrote, such as those of its request log. */
  get log(): string {
    return this.lines.join("\n");
  }

  /** Stops the stub, and returns when it has ended. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.ref();
    const ended = once(this.child, "exit");
    this.child.stdin.end();
    const killing = setTimeout(() => this.child.kill("SIGKILL"), UNTIL_KILLED);
    await ended;
    clearTimeout(killing);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

/**
 * Starts the stub, and returns when it responds.
 *
 * Throws an error with the last lines of the stub if it ends before, or takes too long.
 */
export async function startStub(options: StubOptions = {}): Promise<Stub> {
  const command = await findCommand(options);
  const child = spawn(command.program, command.args, {
    env: { ...process.env, ...options.env },
    windowsHide: true,
  });
  child.stdin.on("error", () => undefined); // it has ended, which is all that matters
  const lines: string[] = [];
  try {
    const url = await firstLine(child, lines, options.timeout ?? PATIENCE);
    // A test that forgets to stop it can end; then the stub ends, too.
    for (const each of [child, child.stdin, child.stdout, child.stderr]) (each as Socket).unref();
    return new Stub(reachable(url, command), child, lines);
  } catch (error) {
    child.kill("SIGKILL");
    const shown = [command.program, ...command.args].join(" ");
    const reason = error instanceof Error ? error.message : String(error);
    const written = lines.map((line) => `\n  ${line}`).join("");
    throw new Error(`the stub ${reason}: ${shown}${written}`);
  }
}

/** Returns the URL that the stub prints when it responds. */
async function firstLine(
  child: ChildProcessWithoutNullStreams,
  lines: string[],
  timeout: number,
): Promise<string> {
  const output = createInterface(child.stdout);
  for (const stream of [output, createInterface(child.stderr)]) {
    stream.on("line", (line) => {
      lines.push(line);
      if (lines.length > LINES_SHOWN) lines.shift();
    });
  }
  return new Promise((resolve, reject) => {
    const late = () => reject(new Error(`did not respond within ${timeout} ms`));
    const timer = setTimeout(late, timeout);
    const done = () => clearTimeout(timer);
    output.on("line", (line) => {
      if (/^https?:\/\//.test(line)) done(), resolve(line);
    });
    child.on("error", (error) => (done(), reject(new Error(`cannot be started, ${error.message}`))));
    child.on("close", (code, signal) => {
      done();
      reject(new Error(`ended with ${signal ?? `exit code ${code}`} before it responded`));
    });
  });
}

function reachable(printed: string, command: Command): string {
  const url = new URL(printed);
  if (command.port !== undefined) {
    url.hostname = "127.0.0.1";
    url.port = String(command.port);
  }
  return url.href;
}
