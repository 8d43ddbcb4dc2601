using System.Collections.Immutable;

namespace ProvingMarket.Domain.Routing;

/// <summary>What accounts share of something that is learned, so that none of them decides it for the others: neither by what it adds nor by what it makes forgotten.</summary>
internal static class AccountShares
{
    private const int AccountsKept = 24;

    // An account that has its share and adds nothing more ages what is known by its part of it to this power: alone by a whole outcome, at a quarter by a 256th of one.
    private const double Exclusive = 4;

    /// <summary>What an outcome of an account counts for, and what is left of all that was known before. It counts for as much as keeps the account within its share, and ages what is known
    /// by as much as it counts: whoever has its share already would make the others forgotten otherwise, by doing nothing but more of the same. The more of it is the account's own, the more it is aged
    /// all the same: nobody else is harmed, and what is known stays new.</summary>
    /// <param name="shares">What accounts have added.</param>
    /// <param name="count">What all of them have.</param>
    /// <param name="account">Whose outcome it is.</param>
    /// <param name="largest">The largest share of an account, of what is known and <see cref="LearningRules.Prior"/> together.</param>
    public static Counted Count(ImmutableArray<AccountShare> shares, double count, string account, double largest)
    {
        var own = 0.0;
        foreach (var share in shares)
        {
            if (share.Account == account) own = share.Weight;
        }
        var others = Math.Max(0, count - own);
        var part = others > 0 ? own / (own + others) : 1;
        var left = Math.Pow(LearningRules.Remembered, Math.Max(Room(own, others), Math.Pow(part, Exclusive)));
        var weight = Room(own * left, others * left);
        return new Counted(weight, left, (own * left) + weight);

        double Room(double own, double others) => Math.Clamp((largest / (1 - largest) * (LearningRules.Prior + others)) - own, 0, 1);
    }

    /// <summary>What accounts have added after an outcome of one; the smallest are forgotten when there are many.</summary>
    public static ImmutableArray<AccountShare> After(ImmutableArray<AccountShare> shares, string account, Counted counted)
    {
        var known = shares
            .Where(share => share.Account != account)
            .Select(share => share with { Weight = share.Weight * counted.Left })
            .OrderByDescending(share => share.Weight)
            .Take(AccountsKept - 1);
        return [new AccountShare { Account = account, Weight = counted.Own }, .. known];
    }

    /// <summary>How an outcome is counted.</summary>
    /// <param name="Weight">What it counts for, 0–1.</param>
    /// <param name="Left">What is left of all that was known before, as a factor: <see cref="LearningRules.Remembered"/> after an outcome that counts for one.</param>
    /// <param name="Own">What the account has added then.</param>
    public readonly record struct Counted(double Weight, double Left, double Own);
}
