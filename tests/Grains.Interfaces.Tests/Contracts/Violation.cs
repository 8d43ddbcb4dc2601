namespace ProvingMarket.Grains.Interfaces.Tests.Contracts;

/// <summary>A rule of the contract that a type breaks.</summary>
public sealed record Violation(Type Type, ContractRule Rule, string Detail)
{
    public override string ToString() => $"{Type.FullName} breaks {Rule}: {Detail}";
}

/// <summary>The rules of messages and interfaces.</summary>
public enum ContractRule
{
    // messages

    /// <summary>A message is a sealed record or a readonly struct, of no base class, not generic.</summary>
    MessageShape,
    /// <summary>A message carries [GenerateSerializer] and [Immutable].</summary>
    MessageMarks,
    /// <summary>Message or interface: an [Alias] that begins with "pm.", one only.</summary>
    AliasForm,
    /// <summary>No two types share an alias, and no two methods of an interface.</summary>
    AliasUnique,
    /// <summary>A message can be made without arguments, so that every engine can fill it member by member.</summary>
    MessageConstructor,
    /// <summary>A property can be set while a message is made and never again; it can be read.</summary>
    PropertyInitOnly,
    /// <summary>A message keeps its state in properties: no fields, and no properties that only a constructor can set.</summary>
    NoFields,
    /// <summary>Everything in a message is immutable itself and can travel.</summary>
    MemberType,
    /// <summary>Every property that travels has an explicit [Id].</summary>
    IdMissing,
    /// <summary>The ids of a message are unique and run from 0.</summary>
    IdSequence,

    // interfaces

    /// <summary>An interface of grains has exactly one kind of key; observers derive from IGrainObserver.</summary>
    InterfaceKey,
    /// <summary>An interface has methods only, is not generic, and implements nothing itself.</summary>
    InterfaceShape,
    /// <summary>Every method has one [Alias].</summary>
    MethodAlias,
    /// <summary>A method is asynchronous, and says so.</summary>
    MethodReturn,
    /// <summary>Methods are not generic and not overloaded.</summary>
    MethodShape,
    /// <summary>Parameters come in, are immutable and can travel; a cancellation token comes last.</summary>
    MethodParameter,
    /// <summary>Nothing is sent without waiting whether it arrived: every call here moves money, bids or the knowledge of them.</summary>
    MethodOneWay,
}
