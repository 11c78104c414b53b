using Daos.Fabric.Store.Punch;

namespace Daos.Fabric.Store.Tests.Io;

/// <summary>One operation of a test's transaction: a single value, ranges of an array, or a punch.</summary>
internal sealed record TransactionStep(CallKeys Keys)
{
    internal byte[]? Value { get; init; }

    internal (ulong Start, ulong Count, byte[]? Data)[] Ranges { get; init; } = [];

    internal int RecordBytes { get; init; } = 1;

    internal PunchScope? Scope { get; init; }

    internal static TransactionStep Put(string dkey, string akey, byte[] value) => new(CallKeys.Of(dkey, akey)) { Value = value };

    internal static TransactionStep Write(string dkey, string akey, ulong start, byte[] data) =>
        new(CallKeys.Of(dkey, akey)) { Ranges = [(start, (ulong)data.Length, data)] };

    internal static TransactionStep Punch(string dkey, string akey, PunchScope scope) => new(CallKeys.Of(dkey, akey)) { Scope = scope };
}
