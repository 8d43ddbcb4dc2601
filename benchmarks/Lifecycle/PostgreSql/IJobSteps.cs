namespace ProvingMarket.Benchmarks.Lifecycle.PostgreSql;

/// <summary>The five durable steps of a job. Each is committed before it returns.</summary>
internal interface IJobSteps : IAsyncDisposable
{
    /// <summary>The job is there, and its price is held.</summary>
    Task CreateAsync(NewJob job);

    /// <summary>The oldest job that nobody has becomes the prover's, with a slot and a bond.</summary>
    Task<TakenJob> AssignAsync(string prover);

    /// <summary>The proof is there.</summary>
    Task SubmitAsync(long job, byte[] proof);

    /// <summary>The proof is valid.</summary>
    Task VerifyAsync(long job);

    /// <summary>The prover is paid, the rest of the hold, the slot and the bond are released.</summary>
    Task SettleAsync(TakenJob job);
}

/// <summary>A job to create.</summary>
internal sealed record NewJob(long Id, string Account, byte[] Input);

/// <summary>A job that a prover has taken.</summary>
internal sealed record TakenJob(long Id, string Account, string Prover, byte[] Input);
