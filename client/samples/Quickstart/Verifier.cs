using System.Security.Cryptography;

namespace Daos.Fabric.Samples.Quickstart;

/// <summary>Lists the names in the container, reads every file back and compares it with what was imported.</summary>
internal sealed class Verifier(DaosSystem system, DaosContainer container)
{
    private readonly DaosKeyValue _names = container.OpenKeyValue("names");
    private readonly List<string> _mismatches = [];

    /// <summary>One sentence per file that is missing, foreign or different.</summary>
    public IReadOnlyList<string> Mismatches => _mismatches;

    public async Task RunAsync(SourceTree tree)
    {
        var listed = new HashSet<string>(StringComparer.Ordinal);
        await foreach (string name in _names.ListStringsAsync())
        {
            listed.Add(name);
        }

        foreach (SourceFile file in tree.Files.Where(file => !listed.Remove(file.Name)))
        {
            Add($"{file.Name}: its name is missing");
        }

        foreach (string name in listed)
        {
            Add($"{name}: was never imported");
        }

        await Workers.RunAsync(tree.Files, system, VerifyAsync);
    }

    private async Task VerifyAsync(SourceFile file, DaosBuffer buffer)
    {
        byte[] bytes = new byte[FileRecord.SizeBytes];
        if (await _names.GetAsync(file.Name, bytes) != FileRecord.SizeBytes)
        {
            Add($"{file.Name}: its record is missing");
            return;
        }

        FileRecord record = FileRecord.Read(bytes);
        if (record.LengthBytes != file.LengthBytes || !record.Sha256.AsSpan().SequenceEqual(file.Sha256))
        {
            Add($"{file.Name}: its record differs");
            return;
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (long offset = 0; offset < record.LengthBytes; offset += FileRecord.PieceBytes)
        {
            Memory<byte> piece = buffer.Memory[..(int)Math.Min(FileRecord.PieceBytes, record.LengthBytes - offset)];
            long found = await ReadAsync(record, offset, piece);
            if (found != piece.Length)
            {
                Add($"{file.Name}: {piece.Length - found} bytes are missing from {offset} on");
            }

            hash.AppendData(piece.Span);
        }

        if (!hash.GetHashAndReset().AsSpan().SequenceEqual(file.Sha256))
        {
            Add($"{file.Name}: its contents differ");
        }
    }

    private async ValueTask<long> ReadAsync(FileRecord record, long offset, Memory<byte> piece)
    {
        if (record.LengthBytes > FileRecord.ValueBytesMax)
        {
            return await container.OpenArray(record.Content, 1, FileRecord.PieceBytes).ReadAsync((ulong)offset, piece);
        }

        DaosFetchIod iod = DaosFetchIod.Single(FileRecord.Akey, piece);
        await container.OpenObject(record.Content).FetchAsync(FileRecord.Dkey.Span, [iod]);
        return iod.DeliveredBytes;
    }

    private void Add(string mismatch)
    {
        lock (_mismatches)
        {
            _mismatches.Add(mismatch);
        }
    }
}
