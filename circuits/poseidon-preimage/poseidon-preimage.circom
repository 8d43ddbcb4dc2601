pragma circom 2.1.6;

include "circomlib/circuits/poseidon.circom";

// Knowledge of a Poseidon preimage: two field elements whose hash is the public value.
template PoseidonPreimage() {
    signal input hash;
    signal input preimage[2];

    signal digest <== Poseidon(2)(preimage);
    hash === digest;
}

component main {public [hash]} = PoseidonPreimage();
