// DEVELOPMENT ONLY. NOT A SECURE CEREMONY.
//
// Builds everything that is committed beside the circuit sources: witness generators, proving and verification keys, sample
// inputs and manifests. Both phases of the Groth16 setup have one contribution, and its randomness is the constant below, so that
// a rebuild gives the same bytes and anybody can check the committed keys against the sources. The price: whoever reads this file
// can compute the trapdoor and forge proofs. Keys that guard anything of value come from a ceremony with many contributors.
//
//   node setup.mjs           rebuild in place
//   node setup.mjs --check   rebuild elsewhere and compare with what is committed; exit code 1 on any difference
import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import * as snarkjs from "snarkjs";
import { buildInputs } from "./inputs.mjs";

const publicTrapdoor = createHash("sha256").update("ProvingMarket development setup: this is no secret").digest("hex");
const hashIterationsExponent = 10;
const root = dirname(fileURLToPath(import.meta.url));
const check = process.argv.includes("--check");

const warning = `
  ************************************************************************
  *  DEVELOPMENT KEYS: one contributor, randomness printed in this file. *
  *  Anybody can forge proofs under them. Never guard value with them.   *
  ************************************************************************
`;

console.log(warning);
const temporary = mkdtempSync(join(tmpdir(), "circuits-"));
let exitCode = 0;
try {
  exitCode = await main();
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
console.log(warning);
process.exit(exitCode); // snarkjs keeps its worker threads alive

async function main() {
  const target = check ? join(temporary, "rebuilt") : root;
  const inputs = await buildInputs();
  const circuits = Object.keys(inputs).map((name) => ({ name, inputs: inputs[name], folder: join(target, name) }));

  for (const circuit of circuits) await compile(circuit);
  const ptau = await powersOfTau(Math.max(...circuits.map((circuit) => circuit.power)));
  for (const circuit of circuits) await makeKeys(circuit, ptau);
  for (const circuit of circuits) await proveSamples(circuit);
  for (const circuit of circuits) writeManifest(circuit);

  return check ? compare(target) : 0;
}

async function compile(circuit) {
  console.log(`${circuit.name}: compiling`);
  const source = join(root, circuit.name, `${circuit.name}.circom`);
  for (const folder of ["build", "inputs"]) {
    rmSync(join(circuit.folder, folder), { recursive: true, force: true });
    mkdirSync(join(circuit.folder, folder), { recursive: true });
  }
  if (check) cpSync(source, join(circuit.folder, `${circuit.name}.circom`));

  const output = join(temporary, circuit.name);
  mkdirSync(output);
  const compiler = createRequire(import.meta.url).resolve("circom2/cli.js");
  const options = ["--r1cs", "--wasm", "--sym", "--O2", "-l", join(root, "node_modules"), "-o", output];
  execFileSync(process.execPath, [compiler, source, ...options], { cwd: root, stdio: ["ignore", "ignore", "inherit"] });

  circuit.r1cs = join(output, `${circuit.name}.r1cs`);
  circuit.wasm = join(circuit.folder, "build", `${circuit.name}.wasm`);
  circuit.zkey = join(circuit.folder, "build", `${circuit.name}.zkey`);
  circuit.vkey = join(circuit.folder, "build", "verification_key.json");
  cpSync(join(output, `${circuit.name}_js`, `${circuit.name}.wasm`), circuit.wasm);

  const shape = await snarkjs.r1cs.info(circuit.r1cs);
  circuit.constraints = shape.nConstraints;
  circuit.publicInputs = signalNames(join(output, `${circuit.name}.sym`), shape.nOutputs + shape.nPubInputs);
  circuit.power = Math.ceil(Math.log2(shape.nConstraints + shape.nOutputs + shape.nPubInputs + 1));
}

// A line of the symbol file is "label,wire,component,name"; wire 0 is the constant one, the public signals follow.
function signalNames(symbols, count) {
  const names = new Map(readFileSync(symbols, "utf8").trim().split("\n").map((line) => line.split(",")).map((f) => [Number(f[1]), f[3]]));
  return Array.from({ length: count }, (_, i) => names.get(i + 1).replace(/^main\./, ""));
}

async function powersOfTau(power) {
  console.log(`powers of tau: 2^${power}`);
  const [empty, contributed, prepared] = ["empty", "contributed", "prepared"].map((name) => join(temporary, `${name}.ptau`));
  const curve = await snarkjs.curves.getCurveFromName("bn128");
  await snarkjs.powersOfTau.newAccumulator(curve, power, empty);
  await snarkjs.powersOfTau.beacon(empty, contributed, "development", publicTrapdoor, hashIterationsExponent);
  await snarkjs.powersOfTau.preparePhase2(contributed, prepared);
  return prepared;
}

async function makeKeys(circuit, ptau) {
  console.log(`${circuit.name}: proving and verification key`);
  const initial = join(temporary, `${circuit.name}.zkey`);
  await snarkjs.zKey.newZKey(circuit.r1cs, ptau, initial);
  await snarkjs.zKey.beacon(initial, circuit.zkey, "development", publicTrapdoor, hashIterationsExponent);
  if (!(await snarkjs.zKey.verifyFromR1cs(circuit.r1cs, ptau, circuit.zkey))) throw new Error(`${circuit.name}: the proving key does not verify`);
  writeJson(circuit.vkey, await snarkjs.zKey.exportVerificationKey(circuit.zkey));
}

async function proveSamples(circuit) {
  const vkey = JSON.parse(readFileSync(circuit.vkey, "utf8"));
  for (const [i, input] of circuit.inputs.entries()) {
    const { proof, publicSignals } = await snarkjs.groth16.fullProve(input, circuit.wasm, circuit.zkey);
    const expected = circuit.publicInputs.map((name) => input[name]);
    if (publicSignals.join() !== expected.join()) throw new Error(`${circuit.name}, input ${i + 1}: public signals differ from the input`);
    if (!(await snarkjs.groth16.verify(vkey, publicSignals, proof))) throw new Error(`${circuit.name}, input ${i + 1}: the proof does not verify`);
    writeJson(join(circuit.folder, "inputs", `${i + 1}.json`), input);
  }
  console.log(`${circuit.name}: ${circuit.inputs.length} sample inputs proved and verified`);
}

function writeManifest(circuit) {
  const file = (role, path) => {
    const bytes = readFileSync(path);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    return { role, path: relative(circuit.folder, path).replaceAll("\\", "/"), bytes: bytes.length, sha256 };
  };
  const version = (name) => JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")).version;

  writeJson(join(circuit.folder, "manifest.json"), {
    circuit: circuit.name,
    proofSystem: "groth16",
    curve: "bn128",
    setup: "DEVELOPMENT ONLY: one contributor with public randomness",
    constraints: circuit.constraints,
    publicInputs: circuit.publicInputs,
    builtWith: Object.fromEntries(["circom2", "circomlib", "snarkjs"].map((name) => [name, version(name)])),
    files: [
      file("source", join(circuit.folder, `${circuit.name}.circom`)),
      file("wasm", circuit.wasm),
      file("zkey", circuit.zkey),
      file("vkey", circuit.vkey),
      ...circuit.inputs.map((_, i) => file("input", join(circuit.folder, "inputs", `${i + 1}.json`))),
    ],
  });
}

function compare(rebuilt) {
  const files = readdirSync(rebuilt, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => relative(rebuilt, join(entry.parentPath ?? entry.path, entry.name))).sort();
  const differing = paths.filter((path) => !sameBytes(join(rebuilt, path), join(root, path)));
  for (const path of differing) console.error(`differs from what is committed: ${path}`);
  console.log(`${paths.length} files rebuilt, ${differing.length} differ`);
  return differing.length === 0 ? 0 : 1;
}

function sameBytes(one, other) {
  try {
    return readFileSync(one).equals(readFileSync(other));
  } catch {
    return false;
  }
}

function writeJson(path, value) {
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
}
