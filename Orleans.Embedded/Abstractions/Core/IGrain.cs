using Orleans.Runtime;

namespace Orleans;

/// <summary>Marks grain interfaces. Their methods return <see cref="Task"/>, <see cref="Task{TResult}"/>, <see cref="ValueTask"/> or <see cref="ValueTask{TResult}"/>.</summary>
public interface IGrain : IAddressable
{
}

/// <summary>A grain interface whose grains are keyed by a string.</summary>
public interface IGrainWithStringKey : IGrain
{
}

/// <summary>A grain interface whose grains are keyed by a 64-bit integer.</summary>
public interface IGrainWithIntegerKey : IGrain
{
}

/// <summary>Marks interfaces of objects outside grains that grains may call, usually to notify them.</summary>
public interface IGrainObserver : IAddressable
{
}
