namespace Orleans.Runtime.Calls;

/// <summary>Which of several grain classes an interface means: the same rule in a silo and in its clients.</summary>
internal static class GrainClassChoice
{
    /// <summary>Chooses.</summary>
    /// <param name="interfaceType">The interface.</param>
    /// <param name="candidates">The full names and identities of the classes that implement it.</param>
    /// <param name="classNamePrefix">The start of the class's full name, or null.</param>
    /// <returns>The identity of the class.</returns>
    /// <exception cref="ArgumentException">No class fits, or several do.</exception>
    internal static GrainType Choose(Type interfaceType, IReadOnlyList<(string Name, GrainType GrainType)> candidates, string? classNamePrefix)
    {
        if (candidates.Count == 0) throw new ArgumentException($"Could not find an implementation for interface {interfaceType}.", nameof(interfaceType));

        if (!string.IsNullOrWhiteSpace(classNamePrefix))
        {
            candidates = [.. candidates.Where(candidate => candidate.Name.StartsWith(classNamePrefix, StringComparison.Ordinal))];
            if (candidates.Count == 0) throw new ArgumentException($"No implementation of {interfaceType} has a name that starts with '{classNamePrefix}'.", nameof(classNamePrefix));
            if (candidates.FirstOrDefault(candidate => candidate.Name == classNamePrefix) is { Name: not null } exact) return exact.GrainType;
        }

        if (candidates.Count == 1) return candidates[0].GrainType;

        // IFooGrain means FooGrain, when there is one.
        var convention = candidates.FirstOrDefault(candidate => ShortName(candidate.Name).SequenceEqual(interfaceType.Name.AsSpan(1)));
        return convention.Name is not null
            ? convention.GrainType
            : throw new ArgumentException($"Several classes implement {interfaceType}: {string.Join(", ", candidates.Select(candidate => candidate.Name))}. Choose by class name prefix.", nameof(interfaceType));
    }

    private static ReadOnlySpan<char> ShortName(string fullName) => fullName.AsSpan()[(fullName.AsSpan().LastIndexOfAny('.', '+') + 1)..];
}
