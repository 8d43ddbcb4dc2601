using System.Collections.Immutable;
using System.Text;

namespace ProvingMarket.Client.Backends.Command;

/// <summary>
/// Arguments with placeholders, parsed once. Values are put in once and never looked at again, so a path that looks like a placeholder, or
/// holds spaces, quotes or semicolons, stays what it is.
/// </summary>
internal sealed class CommandTemplate
{
    public const string Input = "input";
    public const string Proof = "proof";
    public const string Public = "public";
    public const string WorkFolder = "workdir";
    public const string Program = "program";
    public const string ArtefactPrefix = "artefact:";
    private const string Field = nameof(CommandOptions.Arguments);

    private static readonly string[] s_known = [Input, Proof, Public, WorkFolder, Program];

    private readonly ImmutableArray<ImmutableArray<Part>> _arguments;

    private CommandTemplate(ImmutableArray<ImmutableArray<Part>> arguments) => _arguments = arguments;

    /// <summary>Roles of the files that the arguments name.</summary>
    public IEnumerable<string> ArtefactRoles => Placeholders
        .Where(name => name.StartsWith(ArtefactPrefix, StringComparison.Ordinal))
        .Select(name => name[ArtefactPrefix.Length..])
        .Distinct(StringComparer.Ordinal);

    private IEnumerable<string> Placeholders => _arguments.SelectMany(parts => parts).Where(part => part.IsPlaceholder).Select(part => part.Text);

    /// <summary>The template, or all that is wrong with it.</summary>
    public static (CommandTemplate Template, ImmutableArray<OptionRefusal> Refusals) Parse(IEnumerable<string> arguments)
    {
        var refusals = ImmutableArray.CreateBuilder<OptionRefusal>();
        var parsed = arguments.Select((argument, index) => ParseArgument($"{Field}[{index}]", argument, refusals)).ToImmutableArray();
        var template = new CommandTemplate(parsed);

        var used = template.Placeholders.ToHashSet(StringComparer.Ordinal);
        if (!used.Contains(WorkFolder))
        {
            foreach (var missing in new[] { Input, Proof, Public }.Where(name => !used.Contains(name)))
                refusals.Add(new OptionRefusal(Field, string.Join(' ', arguments), $"the placeholder {{{missing}}} is missing, and {{{WorkFolder}}} too"));
        }

        return (template, refusals.ToImmutable());
    }

    /// <summary>The arguments with every placeholder replaced by its value.</summary>
    public IEnumerable<string> Expand(IReadOnlyDictionary<string, string> values) =>
        _arguments.Select(parts => string.Concat(parts.Select(part => part.IsPlaceholder ? values[part.Text] : part.Text)));

    private static ImmutableArray<Part> ParseArgument(string field, string argument, ImmutableArray<OptionRefusal>.Builder refusals)
    {
        var parts = ImmutableArray.CreateBuilder<Part>();
        var literal = new StringBuilder();
        for (var i = 0; i < argument.Length; i++)
        {
            var character = argument[i];
            if (character is not ('{' or '}'))
            {
                literal.Append(character);
            }
            else if (i + 1 < argument.Length && argument[i + 1] == character)
            {
                literal.Append(character);
                i++;
            }
            else if (character == '{' && argument.IndexOf('}', i) is var end and > 0)
            {
                var name = argument[(i + 1)..end];
                if (!IsKnown(name))
                    refusals.Add(new OptionRefusal(field, argument, $"{{{name}}} is no placeholder; there are {Describe()}"));
                parts.Add(new Part(literal.ToString(), IsPlaceholder: false));
                parts.Add(new Part(name, IsPlaceholder: true));
                literal.Clear();
                i = end;
            }
            else
            {
                refusals.Add(new OptionRefusal(field, argument, $"the '{character}' at position {i} has no partner; a literal one is doubled"));
            }
        }

        parts.Add(new Part(literal.ToString(), IsPlaceholder: false));
        return parts.ToImmutable();
    }

    private static bool IsKnown(string name) =>
        Array.IndexOf(s_known, name) >= 0 || (name.StartsWith(ArtefactPrefix, StringComparison.Ordinal) && name.Length > ArtefactPrefix.Length);

    private static string Describe() => string.Join(", ", s_known.Append($"{ArtefactPrefix}role").Select(name => $"{{{name}}}"));

    private readonly record struct Part(string Text, bool IsPlaceholder);
}

/// <summary>Why a setting cannot be used.</summary>
/// <param name="Field">Its name.</param>
/// <param name="Value">Its value.</param>
/// <param name="Rule">What it breaks.</param>
internal sealed record OptionRefusal(string Field, string Value, string Rule)
{
    public override string ToString() => $"{Field} '{Value}': {Rule}";
}
