// Reads requests by the file of their handlers, sends each with fetch, and prints the responses.
import { setupServer } from "msw/node";

const sent = async ({ target, method, headers, body }) => {
  try {
    const response = await fetch(`http://api.test${target}`, { method, headers, body });
    const text = await response.text();
    return { status: response.status, headers: Object.fromEntries(response.headers), text };
  } catch (error) {
    return { error: String(error) };
  }
};

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const responses = {};
for (const [file, requests] of Object.entries(JSON.parse(Buffer.concat(chunks)))) {
  const { handlers, operations } = await import(`./${file}`);
  responses[file] = [];
  for (const request of requests) {
    const { use = [], times = 1 } = request;
    const server = setupServer(...use.map(([id, ...how]) => operations[id](...how)), ...handlers);
    server.listen({ onUnhandledRequest: "error" });
    const received = [];
    while (received.length < times) received.push(await sent(request));
    server.close();
    responses[file].push(received);
  }
}
console.log(JSON.stringify(responses));
