// node snarkjs-verify.cjs <folder of snarkjs> <folder of proofs>: snarkjs' own opinion of every delivered proof. Prints "<name> true|false".
const fs = require("fs");
const path = require("path");
const [snarkjsFolder, proofs] = process.argv.slice(2);
const snarkjs = require(require.resolve("snarkjs", { paths: [snarkjsFolder] }));
const read = (...parts) => JSON.parse(fs.readFileSync(path.join(...parts), "utf8"));

(async () => {
  for (const name of fs.readdirSync(proofs).sort()) {
    const folder = path.join(proofs, name);
    const valid = await snarkjs.groth16.verify(
      read(folder, "verification_key.json"), read(folder, "public.json"), read(folder, "proof.json"));
    console.log(name, valid);
  }
  process.exit(0);
})();
