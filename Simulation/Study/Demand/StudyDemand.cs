using System.Collections.Immutable;
using System.Globalization;
using Orleans.Simulation;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Programs;
using ProvingMarket.Simulation.Proving;
using ProvingMarket.Simulation.Study.Supply;

namespace ProvingMarket.Simulation.Study.Demand;

/// <summary>The requests of a study, drawn from its seed. Arrivals and sizes do not depend on the population.</summary>
internal sealed record StudyDemand
{
    /// <summary>How much of the honest provers' capacity the requests take on average when each is proved once.</summary>
    public const double Load = 0.25;

    /// <summary>A day in median solo proving times of the median job.</summary>
    public const double DayLength = 24;

    private const int MostPrograms = 6;

    /// <summary>The programs: jobs of about the same size are instances of one.</summary>
    public required ImmutableArray<ProgramDefinition> Programs { get; init; }

    /// <summary>The requests, first come first.</summary>
    public required ImmutableArray<StudyRequest> Requests { get; init; }

    /// <summary>How long the simulated day is.</summary>
    public required TimeSpan Day { get; init; }

    /// <summary>Draws the demand of a population.</summary>
    public static StudyDemand Draw(long seed, StudySupply supply, JobSizes sizes, string population, int requests, int requestersEach = Personas.RequestersEach)
    {
        var drawn = Enumerable.Range(0, requests).Select(n => sizes.Draw(StudyRandom.Of(seed, Name("size", n)))).ToImmutableArray();
        var classes = new SizeClasses(drawn, MostPrograms);
        var solo = JobSizes.Median / supply.MedianSpeed;
        var arrivals = Arrivals.Draw(seed, Load * supply.Capacity / drawn.Average(), DayLength * solo, requests);
        var personas = Personas.Of(population);
        return new StudyDemand
        {
            Programs = classes.Programs,
            Requests = [.. Enumerable.Range(0, requests).Select(n => Draw(seed, n, arrivals[n], drawn[n], classes.Of(drawn[n]), personas, requestersEach, supply, solo))],
            Day = TimeSpan.FromSeconds(DayLength * solo),
        };
    }

    private static StudyRequest Draw(
        long seed, int n, double at, double size, ProgramDefinition program, ImmutableArray<Persona> personas, int requestersEach, StudySupply supply, double medianSolo)
    {
        var random = StudyRandom.Of(seed, Name("request", n));
        var persona = Pick(personas, random);
        var solo = program.Work.Milli / 1000.0 / supply.MedianSpeed;
        var reference = program.Work.PriceAt(supply.ReferenceAsk);
        var (soft, hard) = (persona.Soft * solo, persona.Hard * solo);
        if (persona.Epoch is { } epoch)
        {
            // The end of the first epoch that leaves the least time; wanted a twentieth of the time before.
            var length = epoch * medianSolo;
            hard = (Math.Ceiling((at + hard) / length) * length) - at;
            soft = 0.95 * hard;
        }
        return new StudyRequest
        {
            Index = n,
            Id = Name("request", n),
            Persona = persona,
            Account = Name(persona.Name, random.Next(requestersEach)),
            At = TimeSpan.FromSeconds(at),
            Program = program,
            Size = new WorkUnits(Math.Max(1, (long)(size * 1000))),
            MaxPrice = new Credits((long)(reference.Micro * persona.Ceiling * random.NextLogarithmic(0.8, 1.25))),
            Soft = TimeSpan.FromSeconds(soft),
            Hard = TimeSpan.FromSeconds(hard),
            HalfLife = TimeSpan.FromSeconds(persona.HalfLife * solo),
            Reference = reference,
        };
    }

    private static Persona Pick(ImmutableArray<Persona> personas, SimulatedRandom random)
    {
        var left = random.Next(personas.Sum(persona => persona.Share));
        foreach (var persona in personas)
        {
            left -= persona.Share;
            if (left < 0) return persona;
        }
        throw new InvalidOperationException("The shares are positive.");
    }

    private static string Name(string kind, int n) => string.Create(CultureInfo.InvariantCulture, $"{kind}-{n}");

    /// <summary>Sizes in classes of the same width in orders of magnitude, of a factor of three at most unless that were too many; each is a program whose work
    /// is the geometric mean of its sizes.</summary>
    private sealed class SizeClasses
    {
        private readonly double _least;
        private readonly double _width;
        private readonly ProgramDefinition?[] _programs;

        public SizeClasses(ImmutableArray<double> sizes, int most)
        {
            _least = Math.Log(sizes.Min());
            var range = Math.Max(Math.Log(sizes.Max()) - _least, 1e-9);
            _programs = new ProgramDefinition?[Math.Clamp((int)Math.Ceiling(range / Math.Log(3)), 1, most)];
            _width = range / _programs.Length;
            foreach (var members in sizes.GroupBy(IndexOf))
            {
                var mean = Math.Exp(members.Average(Math.Log));
                _programs[members.Key] = SyntheticProofSystem.Program(Name("program", members.Key), 1, new WorkUnits(Math.Max(1, (long)(mean * 1000))));
            }
        }

        public ImmutableArray<ProgramDefinition> Programs => [.. _programs.OfType<ProgramDefinition>()];

        public ProgramDefinition Of(double size) => _programs[IndexOf(size)]!;

        private int IndexOf(double size) => Math.Clamp((int)((Math.Log(size) - _least) / _width), 0, _programs.Length - 1);
    }
}
