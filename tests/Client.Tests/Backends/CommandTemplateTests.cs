using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ProvingMarket.Client.Backends;
using ProvingMarket.Client.Backends.Command;

namespace ProvingMarket.Client.Tests.Backends;

public class CommandTemplateTests
{
    private static readonly Dictionary<string, string> s_values = new(StringComparer.Ordinal)
    {
        ["input"] = "/a b/{proof}",
        ["proof"] = "/p\";'$(x)",
        ["public"] = "/q",
        ["workdir"] = "/w",
        ["program"] = "id",
        ["artefact:zkey"] = "/keys/z",
    };

    [Fact]
    public void Each_argument_stays_one_argument_and_values_are_not_looked_at_again()
    {
        var (template, refusals) = CommandTemplate.Parse(["{input}", "--out={proof}:{public}", "", "{{literal}} }}{{", "{artefact:zkey}", "-- {program}"]);

        Assert.Empty(refusals);
        Assert.Equal(["/a b/{proof}", "--out=/p\";'$(x):/q", "", "{literal} }{", "/keys/z", "-- id"], template.Expand(s_values).ToArray());
        Assert.Equal("zkey", Assert.Single(template.ArtefactRoles));
    }

    [Theory]
    [InlineData("{inptu}", "Arguments[1] '{inptu}': {inptu} is no placeholder; there are {input}, {proof}, {public}, {workdir}, {program}, {artefact:role}")]
    [InlineData("a{}b", "Arguments[1] 'a{}b': {} is no placeholder")]
    [InlineData("{artefact:}", "Arguments[1] '{artefact:}': {artefact:} is no placeholder")]
    [InlineData("x{input", "Arguments[1] 'x{input': the '{' at position 1 has no partner")]
    [InlineData("input}", "Arguments[1] 'input}': the '}' at position 5 has no partner")]
    public void A_wrong_placeholder_is_refused_with_its_place_and_value(string argument, string refusal)
    {
        var refused = Assert.Single(CommandTemplate.Parse(["{workdir}", argument]).Refusals);

        Assert.Equal(("Arguments[1]", argument), (refused.Field, refused.Value));
        Assert.StartsWith(refusal, refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_the_work_folder_input_proof_and_public_must_appear()
    {
        var missing = CommandTemplate.Parse(["{input}"]).Refusals.Select(refusal => refusal.Rule).ToArray();

        Assert.Equal(["the placeholder {proof} is missing, and {workdir} too", "the placeholder {public} is missing, and {workdir} too"], missing);
    }

    [Fact]
    public void A_host_with_unusable_settings_does_not_start()
    {
        var services = new ServiceCollection().AddLogging()
            .AddCommandBackend("good", options => (options.Executable, options.Arguments) = ("prover", ["{workdir}"]))
            .AddCommandBackend("bad", options => (options.Arguments, options.MemoryLimitMegabytes) = (["{x}", "{workdir}"], 0))
            .AddSnarkjsBackend(options => options.Slots = -1);
        using var provider = services.BuildServiceProvider();

        var exception = Assert.Throws<AggregateException>(() => provider.GetRequiredService<IStartupValidator>().Validate());

        var failures = exception.InnerExceptions.Cast<OptionsValidationException>().SelectMany(inner => inner.Failures).ToArray();
        Assert.Equal(4, failures.Length);
        foreach (var setting in new[] { "Executable", "MemoryLimitMegabytes", "Arguments[0] '{x}'", "Slots" })
            Assert.Contains(failures, failure => failure.Contains(setting, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_backends_are_found_by_name()
    {
        var services = new ServiceCollection().AddLogging()
            .AddCommandBackend("one", options => (options.Executable, options.Arguments) = ("prover", ["{workdir}"]))
            .AddCommandBackend("two", options => (options.Executable, options.Arguments) = ("prover", ["{workdir}"]))
            .AddSnarkjsBackend();
        await using var provider = services.BuildServiceProvider();

        Assert.Equal("one two snarkjs", string.Join(' ', provider.GetServices<IProverBackend>().Select(backend => backend.Name)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-x")]
    [InlineData("a b")]
    [InlineData("a/b")]
    [InlineData("a\n")]
    public void A_program_id_that_could_pass_for_something_else_is_refused(string id)
    {
        var exception = Assert.Throws<ArgumentException>(() => new Circuit("poseidon-preimage").Job() with { ProgramId = id });

        Assert.Contains($"ProgramId '{id}'", exception.Message, StringComparison.Ordinal);
    }
}
