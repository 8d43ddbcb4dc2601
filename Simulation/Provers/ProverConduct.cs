namespace ProvingMarket.Simulation.Provers;

/// <summary>How a prover behaves.</summary>
internal enum ProverConduct
{
    /// <summary>Takes what it can do and delivers valid proofs.</summary>
    Honest,

    /// <summary>Means well and is ten times slower than it says.</summary>
    Slow,

    /// <summary>Its process dies in the middle of a proof now and then, and is started again.</summary>
    Crashing,

    /// <summary>Offers far more slots and throughput than it has.</summary>
    Boasting,

    /// <summary>Delivers bytes that are no proof.</summary>
    Garbage,

    /// <summary>Delivers proofs made for other requests.</summary>
    Replaying,

    /// <summary>Takes leases and never delivers.</summary>
    Silent,

    /// <summary>Declines most invitations, and its backend fails often.</summary>
    Declining,

    /// <summary>Calls the market by hand, against its rules: joins without end and in the names of others, delivers without a lease, twice, after
    /// declining, in old sessions.</summary>
    Hostile,
}
