// One warm prover process. It speaks lines of JSON: requests on standard input, replies on standard output.
//
//   ← { "type": "ready", "node": "v20.20.2" }                                      once, when the curve is built
//   → { "id": 7, "wasm": "/path", "zkey": "/path", "input": "{…the input as JSON text…}" }
//   ← { "type": "proved", "id": 7, "proof": {…}, "publicSignals": […], "witnessMs": 24, "proveMs": 1440 }
//   ← { "type": "failed", "id": 7, "code": "input-rejected", "message": "…" }      or artefact-missing, artefact-invalid
//
// A message is one line of at most 300 printable characters, whatever names a requester gives to signals.
//
// Any other error ends the process. snarkjs cannot be interrupted, so a proof is cancelled by killing the process; when standard
// input ends, the parent is gone and the process kills itself, in the middle of a proof too (requests.mjs).
import { Worker } from "node:worker_threads";

const oldestNode = 18;
if (Number(process.versions.node.split(".")[0]) < oldestNode) {
  console.error(`Node.js ${oldestNode} or newer is needed, this is ${process.version}`);
  process.exit(1);
}

// Standard output carries the protocol only: whatever a library prints goes to standard error.
const write = process.stdout.write.bind(process.stdout);
process.stdout.write = process.stderr.write.bind(process.stderr);
const longestMessage = 300;
const printable = (text) => text.trim().slice(0, longestMessage).replace(/\s+/gu, " ").replace(/[^ \p{L}\p{N}\p{P}\p{S}]/gu, "?");
const reply = (message) => write(`${JSON.stringify(message)}\n`);

// The thread that reads standard input cannot be interrupted, and an ordinary exit would wait for it.
process.on("uncaughtException", (error) => {
  console.error(error);
  process.kill(process.pid, "SIGKILL");
});

const requests = new Worker(new URL("./requests.mjs", import.meta.url));
const { prove, Refusal } = await import("./engine.mjs"); // not before standard output is safe

requests.on("message", async (line) => {
  const { id, wasm, zkey, input } = JSON.parse(line);
  try {
    reply({ type: "proved", id, ...(await prove(wasm, zkey, input)) });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    reply({ type: "failed", id, code: error.code, message: printable(error.message) });
  }
});
reply({ type: "ready", node: process.version });
