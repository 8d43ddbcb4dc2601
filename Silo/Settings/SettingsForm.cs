using System.ComponentModel;
using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace ProvingMarket.Silo.Settings;

/// <summary>Looks whether a section can be bound at all: its names are those of settings, and its values have their form. Their ranges are for validators.</summary>
internal static class SettingsForm
{
    /// <summary>What is wrong with a section, by setting, limit and value.</summary>
    /// <param name="section">The section.</param>
    /// <param name="settings">What it is bound to: its properties are the settings.</param>
    public static IEnumerable<string> Problems(IConfigurationSection section, Type settings)
    {
        var known = settings.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite).ToArray();
        foreach (var given in section.GetChildren())
        {
            if (known.FirstOrDefault(property => property.Name.Equals(given.Key, StringComparison.OrdinalIgnoreCase))?.PropertyType is not { } type)
                yield return $"{given.Path} must be one of the settings {string.Join(", ", known.Select(property => property.Name))}, was unknown.";
            else if (Form(Nullable.GetUnderlyingType(type) ?? type) is { } form && given.Value is { Length: > 0 } value && !TypeDescriptor.GetConverter(type).IsValid(value))
                yield return $"{given.Path} must be {form}, was '{value}'.";
            else if (type.Assembly == settings.Assembly)
                foreach (var problem in Problems(given, type)) yield return problem;
        }
    }

    private static string? Form(Type type) =>
        type == typeof(int) ? "a whole number"
        : type == typeof(bool) ? "true or false"
        : type == typeof(TimeSpan) ? "a duration such as 00:00:30 or 7.00:00:00"
        : null;
}
