using Daos.Fabric.Core.Identities;

namespace Daos.Fabric.Store.Checking;

/// <summary>Told of everything that a walk meets, from the containers down. One owner thread.</summary>
public interface IStoreVisitor
{
    /// <summary>A container; destroyed ones wait to be freed.</summary>
    void Container(ContainerId id, bool isDestroyed, Epoch aggregated);

    /// <summary>A snapshot of the container before.</summary>
    void Snapshot(Epoch epoch);

    /// <summary>A transaction of the container before: the undecided ones, then the committed ones, oldest commit first.</summary>
    void Transaction(in StoredTransaction transaction);

    /// <summary>An object of the container before, and the newest event of its life.</summary>
    void Object(ObjectId id, StoredEvent newest);

    /// <summary>A dkey of the object before.</summary>
    void Dkey(ReadOnlySpan<byte> key, StoredEvent newest);

    /// <summary>An akey of the dkey before.</summary>
    void Akey(ReadOnlySpan<byte> key, bool isArray, uint recordBytes, StoredEvent newest);

    /// <summary>A version of a single value, or an extent of an array, of the akey before.</summary>
    void Value(in StoredValue value);
}
