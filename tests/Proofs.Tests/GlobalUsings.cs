global using Fp = ProvingMarket.Proofs.Bn254.Fields.PrimeField<ProvingMarket.Proofs.Bn254.Fields.BaseModulus>;
global using G1Jacobian = ProvingMarket.Proofs.Bn254.Curves.JacobianPoint<ProvingMarket.Proofs.Bn254.Fields.PrimeField<ProvingMarket.Proofs.Bn254.Fields.BaseModulus>>;
global using G1Point = ProvingMarket.Proofs.Bn254.Curves.AffinePoint<ProvingMarket.Proofs.Bn254.Fields.PrimeField<ProvingMarket.Proofs.Bn254.Fields.BaseModulus>>;
global using G2Jacobian = ProvingMarket.Proofs.Bn254.Curves.JacobianPoint<ProvingMarket.Proofs.Bn254.Fields.Fp2>;
global using G2Point = ProvingMarket.Proofs.Bn254.Curves.AffinePoint<ProvingMarket.Proofs.Bn254.Fields.Fp2>;
