pragma circom 2.1.6;

include "circomlib/circuits/bitify.circom";
include "circomlib/circuits/poseidon.circom";
include "circomlib/circuits/switcher.circom";

// Root of a binary Poseidon tree, from a leaf, its index and the siblings on its way up (lowest first).
// Bit i of the index is 1 when the node on level i is a right child; Num2Bits also bounds the index by 2^depth.
template MerkleRoot(depth) {
    signal input leaf;
    signal input leafIndex;
    signal input siblings[depth];
    signal output root;

    signal bits[depth] <== Num2Bits(depth)(leafIndex);
    signal nodes[depth + 1];
    signal left[depth];
    signal right[depth];

    nodes[0] <== leaf;
    for (var level = 0; level < depth; level++) {
        (left[level], right[level]) <== Switcher()(bits[level], nodes[level], siblings[level]);
        nodes[level + 1] <== Poseidon(2)([left[level], right[level]]);
    }

    root <== nodes[depth];
}

// Membership in a set of committed secrets, without saying which one. A leaf is the hash of its owner's secret. The nullifier
// is the same for every proof by that owner within one scope (one vote, one claim) and unlinkable across scopes.
template MerkleMembership(depth) {
    signal input root;
    signal input scope;
    signal input nullifier;
    signal input secret;
    signal input leafIndex;
    signal input siblings[depth];

    signal leaf <== Poseidon(1)([secret]);
    signal computedRoot <== MerkleRoot(depth)(leaf, leafIndex, siblings);
    root === computedRoot;

    signal computedNullifier <== Poseidon(2)([secret, scope]);
    nullifier === computedNullifier;
}

component main {public [root, scope, nullifier]} = MerkleMembership(20);
