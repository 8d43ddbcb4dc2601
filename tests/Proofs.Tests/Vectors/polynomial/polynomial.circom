pragma circom 2.0.0;
// A secret polynomial of degree 3 evaluated at public points.
template Poly() {
  signal input k[4]; signal input x[2]; signal output y[2];
  signal p2[2]; signal p3[2]; signal t1[2]; signal t2[2]; signal t3[2];
  for (var i = 0; i < 2; i++) {
    p2[i] <== x[i] * x[i]; p3[i] <== p2[i] * x[i];
    t1[i] <== k[1] * x[i]; t2[i] <== k[2] * p2[i]; t3[i] <== k[3] * p3[i];
    y[i] <== k[0] + t1[i] + t2[i] + t3[i];
  }
}
component main {public [x]} = Poly();
