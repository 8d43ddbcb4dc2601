global using Fp = ProvingMarket.Proofs.Bn254.Fields.PrimeField<ProvingMarket.Proofs.Bn254.Fields.BaseModulus>;
global using Fr = ProvingMarket.Proofs.Bn254.Fields.PrimeField<ProvingMarket.Proofs.Bn254.Fields.ScalarModulus>;
