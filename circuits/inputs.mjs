// Sample inputs of every circuit, computed from seeds: running this again gives the same files. Each is valid and different
// from the others. The secrets are derived from text that anybody can read, so they are samples and nothing else.
import { createHash } from "node:crypto";
import { buildEddsa, buildPoseidon } from "circomlibjs";

const fieldOrder = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;
const treeDepth = 20;
const samples = 4;

const digest = (...labels) => createHash("sha256").update(labels.join("/")).digest();
const fieldElement = (...labels) => (BigInt(`0x${digest(...labels).toString("hex")}`) % fieldOrder).toString();

/** The input files of all circuits: circuit name → list of plain objects, in the order of their numbers. */
export async function buildInputs() {
  const poseidon = await buildPoseidon();
  const hash = (...elements) => poseidon.F.toString(poseidon(elements));

  return {
    "poseidon-preimage": range(samples).map((i) => poseidonPreimage(hash, i)),
    "merkle-membership": merkleMemberships(hash),
    "eddsa-signature": await eddsaSignatures(poseidon.F),
  };
}

function poseidonPreimage(hash, i) {
  const preimage = [fieldElement("preimage", i, 0), fieldElement("preimage", i, 1)];
  return { hash: hash(...preimage), preimage };
}

// One tree with as many members as samples, far apart in it. The first and the last member act in the same scope.
function merkleMemberships(hash) {
  const members = range(samples).map((i) => ({
    secret: fieldElement("member", i),
    leafIndex: digest("leaf index", i).readUInt32BE() % 2 ** treeDepth,
    scope: fieldElement("scope", i % (samples - 1)),
  }));

  const tree = new SparseTree(hash, treeDepth);
  for (const member of members) tree.set(member.leafIndex, hash(member.secret));

  return members.map(({ secret, leafIndex, scope }) => ({
    root: tree.root,
    scope,
    nullifier: hash(secret, scope),
    secret,
    leafIndex: leafIndex.toString(),
    siblings: tree.siblings(leafIndex),
  }));
}

async function eddsaSignatures(field) {
  const eddsa = await buildEddsa();
  return range(samples).map((i) => {
    const privateKey = digest("signer", i);
    const message = fieldElement("message", i);
    const [Ax, Ay] = eddsa.prv2pub(privateKey);
    const signature = eddsa.signPoseidon(privateKey, field.e(message));
    return {
      Ax: field.toString(Ax),
      Ay: field.toString(Ay),
      message,
      R8x: field.toString(signature.R8[0]),
      R8y: field.toString(signature.R8[1]),
      S: signature.S.toString(),
    };
  });
}

/** A Merkle tree of which only the non-empty part is kept; an empty leaf is 0. */
class SparseTree {
  constructor(hash, depth) {
    this.hash = hash;
    this.depth = depth;
    this.levels = range(depth + 1).map(() => new Map());
    this.empty = ["0"];
    for (const level of range(depth)) this.empty.push(hash(this.empty[level], this.empty[level]));
  }

  node(level, index) {
    return this.levels[level].get(index) ?? this.empty[level];
  }

  set(leafIndex, leaf) {
    this.levels[0].set(leafIndex, leaf);
    for (let level = 0, index = leafIndex; level < this.depth; level++) {
      index >>= 1;
      this.levels[level + 1].set(index, this.hash(this.node(level, 2 * index), this.node(level, 2 * index + 1)));
    }
  }

  siblings(leafIndex) {
    return range(this.depth).map((level) => this.node(level, (leafIndex >> level) ^ 1));
  }

  get root() {
    return this.node(this.depth, 0);
  }
}

function range(count) {
  return Array.from({ length: count }, (_, i) => i);
}
