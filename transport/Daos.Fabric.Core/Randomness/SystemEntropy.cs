using System.Security.Cryptography;

namespace Daos.Fabric.Core.Randomness;

/// <summary>Seeds from the operating system, for hosts. Simulations never call it. Any thread.</summary>
public static class SystemEntropy
{
    /// <summary>64 bits that nobody can guess.</summary>
    public static ulong Seed()
    {
        Span<byte> bytes = stackalloc byte[8];
        RandomNumberGenerator.Fill(bytes);
        return MemoryMarshal.Read<ulong>(bytes);
    }
}
