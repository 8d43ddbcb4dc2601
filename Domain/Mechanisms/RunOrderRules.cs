namespace ProvingMarket.Domain.Mechanisms;

/// <summary>The identity of a run's order.</summary>
public static class RunOrderRules
{
    /// <summary>SHA-256 over every field of the order, in lower-case hexadecimal: a start is repeated when the digest is the same. Comparing the
    /// records instead would compare their lists by reference, and find every order that was loaded from storage to be another one.</summary>
    public static string DigestOf(RunOrder order)
    {
        using var digest = new FieldDigest();
        digest.Add(order.RequestId).Add(order.Stage).Add(order.Mechanism).Add(order.Program);
        digest.Add(order.PublicInputs.Span).Add(order.MaxPrice.Micro).Add(order.SoftDeadline.UtcTicks).Add(order.HardDeadline.UtcTicks);
        digest.Add(order.Constraints).Add(order.Excluded).Add(order.Account).Add(order.Statements);
        // An order of a first stage, and of a run from before there was this field, has none.
        if (!order.LostBefore.IsEmpty) digest.Add(order.LostBefore);
        return digest.ToHex();
    }
}
