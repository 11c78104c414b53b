using System.Text;
using Daos.Fabric.Core.Identities;
using Daos.Fabric.Store.Io;

namespace Daos.Fabric.Store.Tests.Io;

/// <summary>Where a test's call goes.</summary>
internal sealed record CallKeys(ObjectId Object, byte[] Dkey, byte[] Akey)
{
    internal Epoch Epoch { get; init; }

    internal UpdateConditions Conditions { get; init; }

    internal ModificationId Id { get; init; }

    internal ushort Minor { get; init; }

    internal Epoch EpochBound { get; init; }

    internal TransactionId Transaction { get; init; }

    internal OperationFlags Flags { get; init; }

    internal static CallKeys Of(string dkey, string akey) =>
        new(ObjectFixture.Object, Encoding.UTF8.GetBytes(dkey), Encoding.UTF8.GetBytes(akey));
}
