using System.Security.Cryptography;
using System.Text;

namespace Daos.Fabric.Client.Objects;

/// <summary>Object ids from names, for applications that think in names. Any thread.</summary>
public static class ObjectNames
{
    /// <summary>
    /// The id whose 96 user bits are the first 96 bits of the name's SHA-256 (UTF-8): the same name and type give the same object, and two
    /// names do not meet by accident.
    /// </summary>
    public static ObjectId ToObjectId(string name, ObjectType type)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(name));
        return ObjectId.Create(MemoryMarshal.Read<uint>(hash.AsSpan(8)), MemoryMarshal.Read<ulong>(hash), type);
    }
}
