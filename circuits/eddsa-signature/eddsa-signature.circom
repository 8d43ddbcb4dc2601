pragma circom 2.1.6;

include "circomlib/circuits/babyjub.circom";
include "circomlib/circuits/eddsaposeidon.circom";

// Knowledge of an EdDSA signature (Poseidon as the hash, over Baby Jubjub) by the public key A on the public message.
// circomlib's verifier bounds s by the order of the subgroup but leaves A and R unchecked; both must be points of the curve.
template EdDSASignature() {
    signal input Ax;
    signal input Ay;
    signal input message;
    signal input R8x;
    signal input R8y;
    signal input S;

    BabyCheck()(Ax, Ay);
    BabyCheck()(R8x, R8y);
    EdDSAPoseidonVerifier()(enabled <== 1, Ax <== Ax, Ay <== Ay, S <== S, R8x <== R8x, R8y <== R8y, M <== message);
}

component main {public [Ax, Ay, message]} = EdDSASignature();
