/** The command that starts the stub: `ruangkerja` itself, or what installs or contains it. */

import { existsSync, statSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { delimiter, dirname, join, parse } from "node:path";
import { fileURLToPath } from "node:url";
import type { StubOptions } from "./options.js";

/** A program with its arguments; `port` is set if it has to be reached at another than it says. */
export interface Command {
  program: string;
  args: string[];
  port?: number;
}

const IS_WINDOWS = process.platform === "win32";
const IMAGE_PORT = 8080;

/** Returns the first command that is here; throws an error that says what was looked for. */
export async function findCommand(options: StubOptions): Promise<Command> {
  const { port = 0, args = [] } = options;
  const given = ["mock", "--port", String(port), "--until-eof", ...args];
  if (options.command !== undefined) {
    const [program = "", ...before] = [options.command].flat();
    return { program, args: [...before, ...given] };
  }
  const installed = onPath("ruangkerja") ?? inVirtualEnvironment(process.cwd());
  if (installed) return { program: installed, args: given };

  // Never by a name alone: whoever registers it could run code here.
  const source = options.from ?? checkout();
  const uvx = onPath("uvx");
  if (uvx && source) return { program: uvx, args: ["--from", source, "ruangkerja", ...given] };

  const docker = onPath("docker");
  if (docker && options.image) {
    const published = port || (await freePort());
    const where = ["--publish", `127.0.0.1:${published}:${IMAGE_PORT}`];
    const inside = ["mock", "--host", "0.0.0.0", "--port", String(IMAGE_PORT), "--until-eof"];
    // To the stub, this process is on another machine.
    const run = ["run", "--rm", "--interactive", ...where, options.image];
    run.push(...inside, "--remote-control", ...args);
    return { program: docker, args: run, port: published };
  }
  const found = [uvx && "uvx, but no `from`", docker && "docker, but no `image`"].filter(Boolean);
  throw new Error(
    "cannot start the stub: there is no `ruangkerja` on the PATH or in a .venv of this folder and " +
      `those above${found.length ? `; there is ${found.join(", and ")}` : ""}. Install it with ` +
      "`pip install PATH_OF_THE_CHECKOUT`, or pass `command`, `from` (with uvx) or `image` (with docker)",
  );
}

function onPath(name: string): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter(Boolean);
  return first(folders.map((folder) => join(folder, name)));
}

function inVirtualEnvironment(folder: string): string | undefined {
  const scripts = IS_WINDOWS ? "Scripts" : "bin";
  const found = first([join(folder, ".venv", scripts, "ruangkerja")]);
  const above = dirname(folder);
  return found ?? (folder === parse(folder).root ? undefined : inVirtualEnvironment(above));
}

function first(paths: string[]): string | undefined {
  const files = paths.map((path) => (IS_WINDOWS ? `${path}.exe` : path));
  return files.find((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
}

/** Returns the checkout that this package is in, if it is in one. */
function checkout(): string | undefined {
  const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
  const isOne = ["pyproject.toml", "ruangkerja"].every((name) => existsSync(join(root, name)));
  return isOne ? root : undefined;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
