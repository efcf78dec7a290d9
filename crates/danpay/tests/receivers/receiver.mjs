// A shop's receiver of webhooks: it takes what the official library of Standard Webhooks verifies.
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { Webhook } from "standardwebhooks";

let webhook;
const say = (value) => console.log(JSON.stringify(value));

const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString("utf8");
  try {
    webhook.verify(body, request.headers);
    response.writeHead(200).end();
    say({ headers: request.headers, body });
  } catch (error) {
    response.writeHead(400).end(String(error));
  }
});
server.listen(0, "127.0.0.1", () => say(server.address().port));

// danpay makes the secret for the address.
createInterface({ input: process.stdin }).on("line", (secret) => {
  webhook = new Webhook(secret);
  say("ready");
});
