// Serves one description after another with Prism, configured as `prism mock` is: a file name on a
// line of the input starts a server, in place of the one before, and its port is printed.
"use strict";

const { createServer } = require("node:net");
const { createInterface } = require("node:readline");
const [folder, ready] = process.argv.slice(2);
const { createSingleProcessPrism } = require(
  require.resolve("@stoplight/prism-cli/dist/util/createServer", { paths: [folder] }),
);

const options = { host: "127.0.0.1", cors: true, dynamic: false, errors: false };
const freePort = () =>
  new Promise((resolve) => {
    const taken = createServer().listen(0, options.host, () => {
      const { port } = taken.address();
      taken.close(() => resolve(port));
    });
  });
const last = (error) => String(error.message).trim().split("\n").pop();

async function serve() {
  let server;
  for await (const document of createInterface({ input: process.stdin })) {
    await server?.close();
    server = undefined;
    try {
      const port = await freePort();
      const given = { ...options, port, document, verboseLevel: "silent" };
      server = await createSingleProcessPrism(given);
      console.log(`${ready}${port}`);
    } catch (error) {
      console.log(`${ready}${last(error)}`);
    }
  }
}

serve();
