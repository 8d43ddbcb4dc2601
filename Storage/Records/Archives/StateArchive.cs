using System.Buffers;
using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text.Json;

namespace ProvingMarket.Storage.Records.Archives;

/// <summary>Copies all records of a storage to a stream of JSON lines and back.</summary>
public static class StateArchive
{
    private const int BatchRecords = 1000;
    private const long BatchBytes = 8 * 1024 * 1024;

    /// <summary>Writes an archive.</summary>
    /// <param name="source">The storage.</param>
    /// <param name="output">Receives the archive.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>What was written.</returns>
    /// <exception cref="StateArchiveException">The storage could not be read to its end or has changed meanwhile, or a record is not JSON.</exception>
    public static async Task<ArchiveSummary> ExportAsync(IRecordSource source, Stream output, CancellationToken cancellationToken = default)
    {
        var kinds = await source.CountAllAsync(cancellationToken);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await WriteAsync(ArchiveFormat.Header(kinds));
        var records = 0L;
        await foreach (var record in source.ReadAllAsync(cancellationToken))
        {
            try
            {
                await WriteAsync(ArchiveFormat.Record(record));
            }
            catch (Exception error) when (error is JsonException or ArgumentException)
            {
                throw new StateArchiveException($"The record '{record.Kind.State}' of {record.Kind.GrainType} in {source.Description} is not JSON: {error.Message}", error);
            }

            records++;
        }

        if (records != kinds.Values.Sum()) throw new StateArchiveException($"{source.Description} had {kinds.Values.Sum()} records and then {records}: somebody changes it.");
        var sha256 = Convert.ToHexStringLower(hash.GetHashAndReset());
        await output.WriteAsync(ArchiveFormat.Footer(records, sha256), cancellationToken);
        await output.FlushAsync(cancellationToken);
        return new ArchiveSummary(records, kinds, sha256);

        async Task WriteAsync(byte[] line)
        {
            hash.AppendData(line);
            await output.WriteAsync(line, cancellationToken);
        }
    }

    /// <summary>Reads an archive into an empty storage: all of it, or nothing if anything about it is wrong.</summary>
    /// <param name="input">The archive.</param>
    /// <param name="target">The storage.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>What was read.</returns>
    /// <exception cref="StateArchiveException">The archive is damaged, cut off, of another version or has a record twice, or the storage is not empty or cannot take it: the message says
    /// which line.</exception>
    public static async Task<ArchiveSummary> ImportAsync(Stream input, IRecordTarget target, CancellationToken cancellationToken = default)
    {
        if (await target.CountAsync(cancellationToken) is > 0 and var there)
            throw new StateArchiveException($"{target.Description} is not empty: it has {there} records. Import into an empty storage.");

        var (lines, number) = (PipeReader.Create(input), 1L);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var header = await lines.ReadLineAsync(cancellationToken) ?? throw new StateArchiveException("The archive is empty.");
        var announced = ArchiveFormat.ReadHeader(header);
        hash.AppendData(header);
        var counted = new Dictionary<RecordKind, long>();
        var batch = new List<ArchivedRecord>();
        var (bytes, sha256, last) = (0L, "", 0L);
        while (true)
        {
            var line = await lines.ReadLineAsync(cancellationToken) ?? throw new StateArchiveException($"The archive ends after line {number}, without its last line: it was cut off.");
            var (record, records, expected) = ArchiveFormat.Read(line, ++number);
            if (record is null)
            {
                Check(announced, counted, records, sha256 = Convert.ToHexStringLower(hash.GetHashAndReset()), expected!);
                if (await lines.ReadLineAsync(cancellationToken) is not null) throw new StateArchiveException($"The archive goes on after its last line, {number}.");
                break;
            }

            hash.AppendData(line);
            counted[record.Kind] = counted.GetValueOrDefault(record.Kind) + 1;
            batch.Add(record);
            bytes += record.Data.Length;
            last = number;
            if (batch.Count == BatchRecords || bytes > BatchBytes) await AddAsync();
        }

        await AddAsync();
        await TakenAsync(target.CommitAsync(cancellationToken), $"The archive could not be written to {target.Description}");
        return new ArchiveSummary(counted.Values.Sum(), counted, sha256);

        async Task AddAsync()
        {
            var first = last - batch.Count + 1;
            try
            {
                if (batch.Count > 0) await TakenAsync(target.AddAsync(batch, cancellationToken), $"{Lines(first, last)} of the archive could not be written to {target.Description}");
            }
            catch (RecordTwiceException error)
            {
                var which = error.Index is { } index ? Lines(first + index, first + index) : Lines(first, last);
                throw new StateArchiveException($"{which} of the archive has a record that an earlier line has, too.", error);
            }

            batch.Clear();
            bytes = 0;
        }
    }

    private static string Lines(long first, long last) => first == last ? $"Line {first}" : $"One of the lines {first} to {last}";

    private static async Task TakenAsync(Task taking, string problem)
    {
        try
        {
            await taking;
        }
        catch (Exception error) when (error is not (RecordTwiceException or OperationCanceledException))
        {
            throw new StateArchiveException($"{problem}: {error.Message}", error);
        }
    }

    private static void Check(Dictionary<RecordKind, long> announced, Dictionary<RecordKind, long> counted, long records, string sha256, string expected)
    {
        if (!string.Equals(sha256, expected, StringComparison.OrdinalIgnoreCase)) throw new StateArchiveException($"The archive was changed: its SHA-256 is {sha256}, its last line says {expected}.");
        foreach (var kind in announced.Keys.Union(counted.Keys))
        {
            if (announced.GetValueOrDefault(kind) is var first && counted.GetValueOrDefault(kind) is var second && first != second)
                throw new StateArchiveException($"The archive's header says {first} records '{kind.State}' of {kind.GrainType} in storage '{kind.Storage}', but {second} follow.");
        }

        if (records != counted.Values.Sum()) throw new StateArchiveException($"The archive's last line says {records} records, but {counted.Values.Sum()} come before it.");
    }

    private static async Task<byte[]?> ReadLineAsync(this PipeReader lines, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await lines.ReadAsync(cancellationToken);
            if (read.Buffer.PositionOf((byte)'\n') is { } end)
            {
                var next = read.Buffer.GetPosition(1, end);
                var line = read.Buffer.Slice(0, next).ToArray();
                lines.AdvanceTo(next);
                return line;
            }

            if (read.IsCompleted) return read.Buffer.IsEmpty ? null : throw new StateArchiveException("The archive's last line has no end: it was cut off.");
            lines.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }
}
