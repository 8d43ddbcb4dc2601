pragma circom 2.0.0;
// Knows a and b with a * b = c; c is public.
template Product() { signal input a; signal input b; signal output c; c <== a * b; }
component main = Product();
