using System.Collections.Immutable;
using System.Globalization;
using ProvingMarket.Domain.Mechanisms.Elections;
using ProvingMarket.Domain.Mechanisms.Runs;

namespace ProvingMarket.Domain.Mechanisms.Cooperative;

/// <summary>Computes the outcome of a committee's run again.</summary>
public static class CooperativeAudit
{
    /// <summary>The first entry of the transcript that does not follow from the order and the entries before; null when all do: the draw, who is called to which seat with
    /// which statements, proofs of who had the statement and a lease, once each; who was silent; and what is paid. Whether those named as silent the last time
    /// were, the transcript of the run named with them tells.</summary>
    public static AuditFinding? Check(RunOrder order, ImmutableArray<TranscriptEntry> transcript)
    {
        if (RunAudit.CheckChain(order, transcript) is { } broken) return broken;
        var (parameters, refusal) = CooperativeParameters.Read(order.Mechanism.Parameters, order.MaxPrice, order.Constraints, CooperativeRules.CountOf(order));
        if (parameters is null) return new AuditFinding(0, $"the run was opened although its parameters are refused: {refusal}");
        var replay = new Replay(order, parameters);
        for (var i = 1; i < transcript.Length; i++)
        {
            if (replay.Follow(transcript[i]) is { } wrong) return new AuditFinding(i, wrong);
        }
        return null;
    }

    private sealed class Replay(RunOrder order, CooperativeParameters parameters)
    {
        private readonly Dictionary<string, Member> _members = new(StringComparer.Ordinal);
        private readonly HashSet<int> _proved = [];
        private readonly List<string> _deliverers = [];
        private readonly HashSet<string> _silent = new(StringComparer.Ordinal);
        private ImmutableArray<Seat> _seats = [];
        private ImmutableQueue<string> _waiting = [];
        private ImmutableArray<string>? _absent;
        private readonly DrawRecord _draws = new();
        private bool _silentTold;
        private int _paid;

        private bool IsComplete => _proved.Count == CooperativeRules.CountOf(order);

        public string? Follow(TranscriptEntry entry)
        {
            var prover = entry.ProverId ?? "";
            if (_draws.Follow(entry) is { } wrong) return wrong;
            switch (entry.Kind)
            {
                case TranscriptKind.Absent:
                    if (_absent is not null || !_seats.IsEmpty) return "who was absent is known already";
                    _absent = [.. entry.Value.Split(' ')[1..]];
                    return null;
                case TranscriptKind.Drawn:
                    return Draw(entry.Value);
                case TranscriptKind.Seated:
                    return Seated(prover, entry.Value);
                case TranscriptKind.Offered or TranscriptKind.Leased:
                    if (!_members.TryGetValue(prover, out var member) || member.IsOut) return $"{prover} was not called";
                    member.IsAtWork |= entry.Kind == TranscriptKind.Leased;
                    return null;
                case TranscriptKind.NotReserved:
                    if (!_members.Remove(prover, out var refused)) return $"{prover} was not called";
                    refused.Seat.Members.RemoveAt(refused.Seat.Members.Count - 1);
                    return null;
                case TranscriptKind.Returned or TranscriptKind.Lapsed or TranscriptKind.Missed or TranscriptKind.ProofRefused:
                    return Leave(prover, entry.Kind, entry.Value);
                case TranscriptKind.Proof:
                    return Prove(prover, entry);
                case TranscriptKind.Silent:
                    _silentTold = true;
                    return entry.Value == Silent() ? null : $"those who were silent are {(Silent().Length > 0 ? Silent() : "none")}";
                case TranscriptKind.Paid:
                    return Unsaid() ?? Pay(prover, entry.Value);
                case TranscriptKind.Closed:
                    return Unsaid() ?? Close(entry.Value);
                default:
                    return null;
            }
        }

        private string? Draw(string value)
        {
            if (_draws.Revealed is not { } beacon) return "drawn without randomness";
            var candidates = _draws.Candidates;
            if (candidates.Any(candidate => _members.ContainsKey(candidate.ProverId))) return "somebody who had been called before was drawn again";
            var wanted = _seats.IsEmpty ? parameters.Terms.Seats : 1;
            if (candidates.Length < wanted) return $"drawn from {candidates.Length} candidates, where {wanted} are needed";
            var seed = Elections.Draw.SeedOf(beacon, order.RequestId, order.Stage);
            var drawn = CooperativeRules.Rank(seed, parameters.Terms, candidates, _absent ?? [], wanted);
            if (_seats.IsEmpty) _seats = [.. CooperativeRules.SeatsOf(order, parameters).Select(seat => new Seat(seat.Statements, seat.IsFirst))];
            _waiting = [.. drawn];
            _draws.Drawn(drawn);
            return value == string.Join(' ', drawn) ? null : $"the draw gives {string.Join(' ', drawn)}";
        }

        private string? Seated(string prover, string value)
        {
            var free = _seats.FirstOrDefault(seat => Left(seat).Length > 0 && !(seat.Members is [.., var last] && !_members[last].IsOut));
            if (free is null) return $"{prover} was called, and no seat is free";
            if (_waiting.IsEmpty || _waiting.Peek() != prover) return $"it was not the turn of {prover}";
            _waiting = _waiting.Dequeue();
            free.Members.Add(prover);
            _members[prover] = new Member(free);
            var expected = CooperativeRules.Format(_seats.IndexOf(free), Left(free));
            return value == expected ? null : $"the next free seat with its statements is {expected}";
        }

        private string? Leave(string prover, TranscriptKind how, string value)
        {
            if (!_members.TryGetValue(prover, out var member) || member.IsOut) return $"{prover} has no seat";
            if (how is TranscriptKind.ProofRefused or TranscriptKind.Missed && !member.IsAtWork) return $"{prover} had no lease";
            if (how == TranscriptKind.Missed && value != "0") return $"{prover} was silent, which costs nothing of its bond";
            member.IsOut = true;
            if (how == TranscriptKind.Lapsed || (how == TranscriptKind.Missed && member.Proofs == 0)) _silent.Add(prover);
            return null;
        }

        private string? Prove(string prover, TranscriptEntry entry)
        {
            if (!_members.TryGetValue(prover, out var member) || member.IsOut || !member.IsAtWork) return $"{prover} delivered without a lease";
            var space = entry.Value.IndexOf(' ', StringComparison.Ordinal);
            if (space < 0 || !int.TryParse(entry.Value.AsSpan(0, space), NumberStyles.None, CultureInfo.InvariantCulture, out var statement)) return "the proof has no statement";
            if (!member.Seat.Statements.Contains(statement)) return $"{prover} was not given statement {statement}";
            if (!_proved.Add(statement)) return $"statement {statement} had been proved before";
            if (RunAudit.ReceivedAt(entry.Value) is not { } receivedAt) return "the proof has no time";
            if (receivedAt > entry.At || receivedAt > order.HardDeadline) return $"a proof that came at {receivedAt:O} was accepted";
            if (member.Proofs++ == 0) _deliverers.Add(prover);
            return null;
        }

        private string Silent()
        {
            var silent = new SortedSet<string>(_silent, StringComparer.Ordinal);
            // Others did the part of those who were the first in a seat that has a statement first, and delivered nothing.
            foreach (var seat in IsComplete ? _seats : [])
            {
                if (seat is { IsFirst: true, Members: [var first] } && _members[first] is { IsOut: false, IsAtWork: true, Proofs: 0 }) silent.Add(first);
            }
            return string.Join(' ', silent);
        }

        private string? Unsaid() => _silentTold || Silent().Length == 0 ? null : $"it is not said that these were silent: {Silent()}";

        private string? Pay(string prover, string value)
        {
            if (_paid == _deliverers.Count) return $"{prover} is paid and owed nothing";
            var due = _deliverers[_paid++];
            var amount = (parameters.Price.Micro * _members[due].Proofs).ToString(CultureInfo.InvariantCulture);
            return due == prover && value == amount ? null : $"{due} is owed {amount}, and {prover} is paid {value}";
        }

        private string? Close(string reason)
        {
            if (_paid < _deliverers.Count) return $"{_deliverers[_paid]} delivered and is not paid";
            var isRight = reason switch
            {
                nameof(ReasonCode.Won) => IsComplete,
                nameof(ReasonCode.BatchIncomplete) => !IsComplete && _proved.Count > 0,
                nameof(ReasonCode.NobodyDelivered) or nameof(ReasonCode.NobodyJoined) => _proved.Count == 0,
                _ => !IsComplete,
            };
            return isRight ? null : $"it ends as {reason} with {_proved.Count} statements proved";
        }

        private ImmutableArray<int> Left(Seat seat) => seat.Statements.RemoveAll(_proved.Contains);
    }

    private sealed class Seat(ImmutableArray<int> statements, bool isFirst)
    {
        public ImmutableArray<int> Statements => statements;

        public bool IsFirst => isFirst;

        public List<string> Members { get; } = [];
    }

    private sealed class Member(Seat seat)
    {
        public Seat Seat => seat;

        public bool IsAtWork { get; set; }

        public bool IsOut { get; set; }

        public int Proofs { get; set; }
    }
}
