using System.Reflection;

namespace Orleans.Runtime.Outputs;

/// <summary>A method of observers that may be called before what it tells of is on the disk.</summary>
/// <param name="Method">The method.</param>
internal sealed record EarlyCall(MethodInfo Method);
