using System.Text.Json;
using Daos.Fabric.Core.Errors;

namespace Daos.Fabric.Mgmt.Storage;

/// <summary>Reads and writes superblocks. A write is whole or did not happen, also across a power cut. Any thread.</summary>
internal static class SuperblockFile
{
    private const int BytesMax = 64 * 1024;

    /// <summary>Null when there is none. Throws <see cref="StorageException"/> for one that this system must not use.</summary>
    internal static Superblock? Read(string path, string system)
    {
        byte[] bytes;
        try
        {
            if (!File.Exists(path))
            {
                return null;
            }

            bytes = new FileInfo(path).Length <= BytesMax ? File.ReadAllBytes(path) : throw Damaged(path, "it is too long");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StorageException(DerCode.NoPerm, $"the superblock {path} cannot be read: {exception.Message}. Nothing was changed");
        }

        Superblock superblock = Parse(path, bytes);
        if (superblock.System != system)
        {
            throw new StorageException(DerCode.Mismatch, $"{path} belongs to the system '{Configuration.ConfigText.Quote(superblock.System)}', not to '{system}'; correct 'name' in the configuration, or give this engine other storage. Nothing was changed");
        }

        return superblock;
    }

    /// <summary>Writes it beside the old one and puts it in its place.</summary>
    internal static void Write(string path, Superblock superblock)
    {
        string next = path + ".new";
        using (var file = new FileStream(next, FileMode.Create, FileAccess.Write))
        {
            JsonSerializer.Serialize(file, superblock, SuperblockJson.Default.Superblock);
            file.Flush(flushToDisk: true);
        }

        File.Move(next, path, overwrite: true);
        Native.DirectorySync.Flush(Path.GetDirectoryName(path)!);
    }

    private static Superblock Parse(string path, byte[] bytes)
    {
        try
        {
            // The version first: a newer file may lack what this version expects.
            using var document = JsonDocument.Parse(bytes);
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("version", out JsonElement version) || !version.TryGetInt32(out int number) || number < 1)
            {
                throw Damaged(path, "it has no version");
            }

            if (number > Superblock.CurrentVersion)
            {
                throw new StorageException(DerCode.DfIncompt, $"{path} has version {number}, written by a newer daos_server; this one reads up to {Superblock.CurrentVersion}. Install that version again; nothing was changed");
            }

            return JsonSerializer.Deserialize(bytes, SuperblockJson.Default.Superblock) ?? throw Damaged(path, "it is empty");
        }
        catch (JsonException exception)
        {
            throw Damaged(path, exception.Message);
        }
    }

    private static StorageException Damaged(string path, string why) =>
        new(DerCode.DfInval, $"the superblock {path} is damaged ({why}). The engine's data may be whole: restore this file from a copy, or write down what is lost before formatting anew. Nothing was changed");
}
