/** How to start the stub. */
export interface StubOptions {
  /**
   * The program that starts the stub, with arguments before those of `ruangkerja mock` if it is an
   * array. Default: `ruangkerja` on the PATH or in a `.venv` of this folder or one above, else
   * `uvx`, else `docker`.
   */
  command?: string | string[];
  /** What `uvx` installs: the folder or the Git URL of the project. Default: the checkout. */
  from?: string;
  /** The image that `docker` runs, such as `ruangkerja:0.1.0`. */
  image?: string;
  /** The port to listen on. Default: a free port. */
  port?: number;
  /** More options of `ruangkerja mock`, such as `["--seed", "7"]`. */
  args?: string[];
  /** Environment variables in addition to those of this process. */
  env?: Record<string, string>;
  /** How long to wait until the stub responds, in milliseconds. Default: 60,000. */
  timeout?: number;
}
