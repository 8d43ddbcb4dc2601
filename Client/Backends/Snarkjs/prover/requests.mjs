// Reads standard input in a thread of its own, because a proof keeps the main thread busy for as long as it takes.
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { parentPort } from "node:worker_threads";

const lines = createInterface({ input: createReadStream("", { fd: 0 }), crlfDelay: Infinity });
lines.on("line", (line) => parentPort.postMessage(line));
lines.on("close", () => process.kill(process.pid, "SIGKILL"));
