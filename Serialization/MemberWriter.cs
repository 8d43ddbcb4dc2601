using System.Collections;
using System.Collections.Immutable;
using System.Linq.Expressions;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace ProvingMarket.Serialization;

/// <summary>Writes one member of objects.</summary>
/// <typeparam name="TOwner">The type of the objects.</typeparam>
internal abstract class MemberWriter<TOwner>
{
    /// <summary>Makes the writer of a member.</summary>
    /// <param name="property">The member, as it is read.</param>
    /// <param name="unwritten">An object of which nothing was written.</param>
    /// <param name="isKnown">Whether there is such an object; otherwise the member is always written.</param>
    /// <param name="options">How its values are written.</param>
    internal static MemberWriter<TOwner> Of(JsonPropertyInfo property, TOwner? unwritten, bool isKnown, JsonSerializerOptions options) => (MemberWriter<TOwner>)Activator.CreateInstance(
        typeof(MemberWriter<,>).MakeGenericType(typeof(TOwner), property.PropertyType), BindingFlags.Instance | BindingFlags.Public | BindingFlags.DoNotWrapExceptions, null,
        [property, unwritten, isKnown, options], null)!;

    /// <summary>Writes the member with its name, unless it need not be written.</summary>
    /// <param name="writer">Receives it.</param>
    /// <param name="owner">The object.</param>
    internal abstract void Write(Utf8JsonWriter writer, TOwner owner);
}

/// <summary>Writes one member of objects.</summary>
/// <typeparam name="TOwner">The type of the objects.</typeparam>
/// <typeparam name="TMember">The type of the member.</typeparam>
internal sealed class MemberWriter<TOwner, TMember> : MemberWriter<TOwner>
{
    private readonly JsonEncodedText _name;
    private readonly Func<TOwner, TMember> _get;
    private readonly Func<TMember, bool>? _isImplied;
    private readonly NestedConverter<TMember> _value;

    public MemberWriter(JsonPropertyInfo property, TOwner? unwritten, bool isKnown, JsonSerializerOptions options)
    {
        _name = JsonEncodedText.Encode(property.Name, options.Encoder);
        _get = Getter(property);
        _isImplied = isKnown && unwritten is not null ? ImpliedBy(_get(unwritten)) : null;
        _value = new NestedConverter<TMember>(options);
    }

    /// <inheritdoc/>
    internal override void Write(Utf8JsonWriter writer, TOwner owner)
    {
        var value = _get(owner);
        if (_isImplied is { } isImplied && isImplied(value)) return;
        writer.WritePropertyName(_name);
        _value.Write(writer, value);
    }

    private static Func<TOwner, TMember> Getter(JsonPropertyInfo property)
    {
        if (property.AttributeProvider is not MemberInfo member) return owner => (TMember)property.Get!(owner!)!;
        var owner = Expression.Parameter(typeof(TOwner));
        return Expression.Lambda<Func<TOwner, TMember>>(Expression.MakeMemberAccess(owner, member), owner).Compile();
    }

    /// <summary>When the member need not be written, by what a reader finds who is told nothing. Only ever for null, zero and empty: what else a type may begin with is
    /// nothing that later versions have to begin with, too.</summary>
    private static Func<TMember, bool>? ImpliedBy(TMember unwritten)
    {
        if (unwritten is null) return static value => value is null;
        if (unwritten is string { Length: 0 }) return static value => value is string { Length: 0 };
        if (typeof(TMember).IsGenericType && typeof(TMember).GetGenericTypeDefinition() == typeof(ImmutableArray<>)) return EmptyArray() is var isEmpty && isEmpty(unwritten) ? isEmpty : null;
        if (!typeof(TMember).IsValueType)
            return typeof(TMember).Namespace == typeof(ImmutableArray).Namespace && unwritten is ICollection { Count: 0 } ? static value => value is ICollection { Count: 0 } : null;
        // A number with a fraction has more than one zero.
        var isComparable = typeof(TMember).IsEnum || typeof(TMember).IsAssignableTo(typeof(IEquatable<TMember>));
        if (!isComparable || unwritten is double or float or Half or decimal || !EqualityComparer<TMember>.Default.Equals(unwritten, default)) return null;
        return static value => EqualityComparer<TMember>.Default.Equals(value, default);
    }

    private static Func<TMember, bool> EmptyArray()
    {
        var value = Expression.Parameter(typeof(TMember));
        return Expression.Lambda<Func<TMember, bool>>(Expression.Property(value, nameof(ImmutableArray<int>.IsDefaultOrEmpty)), value).Compile();
    }
}
