namespace ProvingMarket.EndToEnd.Tests.Processes;

/// <summary>A real proof as files, for workers and requesters in processes of their own.</summary>
internal sealed class RealProofFiles : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private int _requests;

    public RealProofFiles(RealProof proof)
    {
        (Circuits, CircuitFolder) = (RealProof.Catalog.Folder, proof.Circuit.Folder);
        (Proof, PublicInputs) = (Write("proof.json", proof.Proof.Proof), Write("public.json", proof.Proof.PublicInputs));
    }

    /// <summary>The folder of circuits.</summary>
    public string Circuits { get; }

    /// <summary>The circuit's folder.</summary>
    public string CircuitFolder { get; }

    /// <summary>The circuit's name.</summary>
    public string Circuit => Path.GetFileName(CircuitFolder);

    /// <summary>The proof.</summary>
    public string Proof { get; }

    /// <summary>Its public inputs.</summary>
    public string PublicInputs { get; }

    /// <summary>Arguments of <c>market prover run</c> for a worker that hands out this proof.</summary>
    /// <param name="prover">The prover.</param>
    /// <param name="account">Its account.</param>
    /// <param name="seconds">How long it takes to prove.</param>
    public string[] Worker(string prover, string account, string seconds = "0") =>
        Worker(prover, account, $"sleep {seconds} && cp \"$0\" \"$2\" && cp \"$1\" \"$3\"", Proof, PublicInputs, "{proof}", "{public}", "{input}");

    /// <summary>Arguments for a worker that takes work and never delivers it.</summary>
    public string[] StuckWorker(string prover, string account) => Worker(prover, account, "sleep 600", "{proof}", "{public}", "{input}");

    /// <summary>Writes a request for this proof to a file, for ten credits in a race.</summary>
    /// <param name="softDeadline">For example <c>2m</c>.</param>
    /// <param name="hardDeadline">For example <c>3m</c>.</param>
    /// <param name="parameters">Of the race, as JSON.</param>
    public string Request(string softDeadline, string hardDeadline, string parameters = "{}") =>
        RequestWith(softDeadline, hardDeadline, $$"""
            "mechanism": { "name": "race", "parameters": {{parameters}} }
            """);

    /// <summary>Writes a request for this proof to a file, for ten credits, that leaves it to the market how it is served.</summary>
    public string RoutedRequest() => RequestWith("2m", "3m", """
        "weights": { "speed": 10, "cost": 3, "safety": 1, "censorshipResistance": 1 }, "halfLife": "30s"
        """);

    /// <summary>Writes a request for this proof to a file, for ten credits in a race, that only some provers may prove.</summary>
    public string RequestOf(string allowedProver) => RequestWith("2m", "3m", $$"""
        "mechanism": { "name": "race" }, "constraints": { "allowedProvers": ["{{allowedProver}}"] }
        """);

    /// <summary>The verification key of the circuit.</summary>
    public string VerificationKey => Path.Combine(CircuitFolder, "build", "verification_key.json");

    private string RequestWith(string softDeadline, string hardDeadline, string wish)
    {
        var file = Path.Combine(_folder.Path, $"request-{++_requests}.json");
        File.WriteAllText(
            file,
            $$"""
            {
              "program": "{{Circuit}}", "input": "{{Path.Combine(CircuitFolder, "inputs", "1.json")}}",
              "maxPrice": "10", "softDeadline": "{{softDeadline}}", "hardDeadline": "{{hardDeadline}}", {{wish}}
            }
            """);
        return file;
    }

    public void Dispose() => _folder.Dispose();

    private string[] Worker(string prover, string account, string script, params string[] arguments) =>
    [
        "prover", "run", "--id", prover, "--account", account, "--circuits", Circuits, "--circuit", Circuit, "--backend", "command", "--command", "/bin/sh",
        "--arg", "-c", "--arg", script, .. arguments.SelectMany(argument => new[] { "--arg", argument }),
    ];

    private string Write(string name, ReadOnlyMemory<byte> content)
    {
        var file = Path.Combine(_folder.Path, name);
        File.WriteAllBytes(file, content.ToArray());
        return file;
    }
}
