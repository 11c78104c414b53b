namespace Daos.Fabric.Store.Format;

/// <summary>Says what is wrong with the header of a log or data file beside a given superblock. Pure.</summary>
internal static unsafe class FileHeaderCheck
{
    /// <summary>Null when the file belongs there; else the rest of a sentence that begins with the path.</summary>
    /// <param name="block">First block of the file.</param>
    /// <param name="role">The role that it was opened for.</param>
    /// <param name="superblock">The superblock that was found.</param>
    /// <param name="metaPath">Where that one lies.</param>
    internal static string? Complaint(byte* block, uint role, in SuperblockDf superblock, string metaPath)
    {
        if (!FileHeaderDf.IsWhole(block))
        {
            return Holds(block, SuperblockDf.MagicValue)
                ? $"holds the metadata of a store where its {NameOf(role)} was expected: the paths of the roles are exchanged. Correct them."
                : $"does not begin with the header of a store's {NameOf(role)}: it is something else, or its header is damaged. Check the paths of the roles, or put the right file back.";
        }

        FileHeaderDf header = *(FileHeaderDf*)block;
        SuperblockDf values = superblock;
        Guid id = values.Id;
        return header.Id != id ? $"belongs to another store ({header.Id}) than the metadata in {metaPath} ({id}). Put the right one back."
            : header.Role != role ? $"holds the {NameOf(header.Role)} of this store, not its {NameOf(role)}: the paths of the roles are exchanged. Correct them."
            : header.Generation > superblock.Generation ? $"is newer than the metadata in {metaPath} (generation {header.Generation} and {superblock.Generation}): the metadata is an old copy. Put the newest one back."
            : header.Generation >= superblock.HeaderGeneration ? null
            : $"is an old copy (generation {header.Generation}; the metadata in {metaPath} has {superblock.Generation}): what was acknowledged since is not in it. Put the newest one back.";
    }

    /// <summary>True when the block begins with a magic number.</summary>
    internal static bool Holds(byte* block, ulong magic) => *(ulong*)block == magic;

    private static string NameOf(uint role) => role == FileHeaderDf.RoleLog ? "log" : "data";
}
