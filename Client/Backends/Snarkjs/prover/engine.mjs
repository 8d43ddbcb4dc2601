// Witness and Groth16 proof by snarkjs.
import { readFile, stat } from "node:fs/promises";
import * as snarkjs from "snarkjs";

export class Refusal extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

// One slot is one thread, so that slots do not fight over the cores. In its own single-threaded mode snarkjs builds the curve again for
// every proof; with the single-threaded curve put where it keeps the shared one, it is built once.
globalThis.curve_bn128 = await snarkjs.curves.getCurveFromName("bn128", { singleThread: true });

// Longer files are not read at once (Node.js); snarkjs reads them piece by piece.
const longestInMemory = 2 ** 31 - 1;
const shortages = ["ENOMEM", "EMFILE", "ENFILE", "EAGAIN", "EIO"];

/** Proves once; what is wrong with the job itself is thrown as a Refusal, and what this machine has too little of as it is. */
export async function prove(wasmPath, zkeyPath, inputText) {
  const input = parseInput(inputText);
  const wasm = await readArtefact("wasm", wasmPath);
  const zkey = (await sizeOf(zkeyPath)) > longestInMemory ? zkeyPath : await readArtefact("zkey", zkeyPath);

  const started = performance.now();
  const witness = await calculateWitness(input, wasm);
  const calculated = performance.now();
  const { proof, publicSignals } = await snarkjs.groth16.prove(zkey, witness).catch((error) => refuse("artefact-invalid", "zkey: ", error));

  return { proof, publicSignals, witnessMs: calculated - started, proveMs: performance.now() - calculated };
}

/** Refuses the job for an error, unless the error is no fault of the job. */
function refuse(code, prefix, error) {
  const isMemory = error instanceof RangeError && /alloc|memory/i.test(error.message);
  if (isMemory || shortages.includes(error.code)) throw error;
  throw new Refusal(code, prefix + error.message);
}

function parseInput(text) {
  let input;
  try {
    input = JSON.parse(text, (_, value) => {
      if (typeof value === "number" && !Number.isSafeInteger(value)) throw new Refusal("input-rejected", "a number is not exact, write it as a string");
      return value;
    });
  } catch (error) {
    if (error instanceof Refusal) throw error;
    // Only where it breaks off: the rest of the message is a piece of the input.
    throw new Refusal("input-rejected", `the input is not JSON${/ at position \d+/.exec(error.message)?.[0] ?? ""}`);
  }
  if (input === null || typeof input !== "object" || Array.isArray(input)) {
    throw new Refusal("input-rejected", "the input must be a JSON object from signal names to values");
  }
  return input;
}

async function readArtefact(role, path) {
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    return refuse(error.code === "ERR_FS_FILE_TOO_LARGE" ? "artefact-invalid" : "artefact-missing", `${role}: `, error);
  }
}

async function sizeOf(path) {
  return (await stat(path).catch(() => ({ size: 0 }))).size;
}

async function calculateWitness(input, wasm) {
  const witness = { type: "mem" };
  try {
    // The memory is for circom 1 only; without the option 2 GiB are reserved for nothing.
    await snarkjs.wtns.calculate(input, wasm, witness, { memorySize: 1 });
    return witness;
  } catch (error) {
    if (await isWitnessGenerator(wasm)) refuse("input-rejected", "", describe(error));
    refuse("artefact-invalid", "wasm: not a circom 2 witness generator: ", error);
  }
}

// What cannot be converted stands in the message, and may be the secret.
function describe(error) {
  return / to a BigInt/.test(error.message) ? new Error("a value is no whole number") : error;
}

async function isWitnessGenerator(wasm) {
  if (!WebAssembly.validate(wasm)) return false;
  const exported = new Set(WebAssembly.Module.exports(await WebAssembly.compile(wasm)).map(({ name }) => name));
  return ["getVersion", "getFieldNumLen32", "setInputSignal"].every((name) => exported.has(name));
}
