using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Daos.Fabric.Samples.Quickstart;

/// <summary>Copies files into the container, several at once: contents first, then the name that makes a file visible.</summary>
internal sealed class Importer(DaosSystem system, DaosContainer container)
{
    private readonly DaosKeyValue _names = container.OpenKeyValue("names");

    public Task RunAsync(SourceTree tree) => Workers.RunAsync(tree.Files, system, ImportAsync);

    private async Task ImportAsync(SourceFile file, DaosBuffer buffer)
    {
        ObjectId id = FileRecord.ObjectOf(file.Name, file.LengthBytes);

        // Opening a pipe would wait for its writer; what has no length is not opened.
        using SafeFileHandle? source = file.LengthBytes == 0 ? null : File.OpenHandle(file.FullPath);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (long offset = 0; offset < file.LengthBytes; offset += FileRecord.PieceBytes)
        {
            int wanted = (int)Math.Min(FileRecord.PieceBytes, file.LengthBytes - offset);
            Memory<byte> piece = buffer.Memory[..wanted];
            await ReadAsync(file, source!, piece, offset);
            hash.AppendData(piece.Span);
            if (file.LengthBytes <= FileRecord.ValueBytesMax)
            {
                await container.OpenObject(id).UpdateAsync(FileRecord.Dkey.Span, DaosUpdateIod.Single(FileRecord.Akey, piece));
            }
            else
            {
                await container.OpenArray(id, 1, FileRecord.PieceBytes).WriteAsync((ulong)offset, piece);
            }
        }

        file.Sha256 = hash.GetHashAndReset();
        await _names.PutAsync(file.Name, new FileRecord(file.LengthBytes, id, file.Sha256).ToBytes());
    }

    /// <summary>Changes the first stored byte of a file, which the comparison must find.</summary>
    public async Task SpoilAsync(SourceTree tree, string name)
    {
        SourceFile file = tree.Files.FirstOrDefault(file => file.Name == name && file.LengthBytes > 0)
            ?? throw new IOException($"QUICKSTART_SPOIL names '{name}', which is no file with contents of this tree");
        using SafeFileHandle source = File.OpenHandle(file.FullPath);
        byte[] bytes = new byte[file.LengthBytes <= FileRecord.ValueBytesMax ? file.LengthBytes : 1];
        await ReadAsync(file, source, bytes, 0);
        bytes[0] ^= 1;
        ObjectId id = FileRecord.ObjectOf(file.Name, file.LengthBytes);
        if (file.LengthBytes <= FileRecord.ValueBytesMax)
        {
            await container.OpenObject(id).UpdateAsync(FileRecord.Dkey.Span, DaosUpdateIod.Single(FileRecord.Akey, bytes));
        }
        else
        {
            await container.OpenArray(id, 1, FileRecord.PieceBytes).WriteAsync(0, bytes);
        }
    }

    private static async Task ReadAsync(SourceFile file, SafeFileHandle source, Memory<byte> piece, long offset)
    {
        while (piece.Length > 0)
        {
            int read = await RandomAccess.ReadAsync(source, piece, offset);
            if (read == 0)
            {
                throw new IOException($"'{file.FullPath}' became shorter while it was read");
            }

            piece = piece[read..];
            offset += read;
        }
    }
}
