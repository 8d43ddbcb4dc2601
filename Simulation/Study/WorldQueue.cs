using System.Collections.Immutable;
using System.Runtime.ExceptionServices;
using ProvingMarket.Simulation.Study.Worlds;

namespace ProvingMarket.Simulation.Study;

/// <summary>Runs worlds, as many at a time as there are processors.</summary>
internal static class WorldQueue
{
    /// <summary>The reports of each plan's worlds, in the order given.</summary>
    public static Dictionary<StudyPlan, ImmutableArray<StudyWorldReport>> Run(
        (StudyPlan Plan, StudyPolicy Policy)[] worlds, Action<StudyProgress>? progress, CancellationToken cancellationToken)
    {
        var (next, done) = (-1, 0);
        var reports = new StudyWorldReport[worlds.Length];
        Exception? failure = null;
        // Threads of their own: a world blocks its thread for as long as it lives.
        var threads = Enumerable.Range(0, Math.Min(Environment.ProcessorCount, worlds.Length)).Select(_ => new Thread(Work)).ToArray();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        if (failure is not null) ExceptionDispatchInfo.Throw(failure);
        cancellationToken.ThrowIfCancellationRequested();
        return worlds.Zip(reports).GroupBy(pair => pair.First.Plan, pair => pair.Second).ToDictionary(group => group.Key, group => group.ToImmutableArray());

        void Work()
        {
            try
            {
                while (!cancellationToken.IsCancellationRequested && failure is null && Interlocked.Increment(ref next) is var index && index < worlds.Length)
                {
                    var (plan, policy) = worlds[index];
                    using (var world = new StudyWorld(plan, policy)) reports[index] = world.Run();
                    progress?.Invoke(new StudyProgress(plan.Seed, plan.Population, policy.Name, Interlocked.Increment(ref done), worlds.Length));
                }
            }
            catch (Exception exception)
            {
                Interlocked.CompareExchange(ref failure, exception, null);
            }
        }
    }
}
