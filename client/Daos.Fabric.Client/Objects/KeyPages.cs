using Daos.Fabric.Client.Containers;
using Daos.Fabric.Client.KeyValues;
using Daos.Fabric.Client.Memory;
using Daos.Fabric.Client.Operations;
using Daos.Fabric.Protocol.Objects;

namespace Daos.Fabric.Client.Objects;

/// <summary>Walks one listing on one target, page by page. One thread at a time.</summary>
internal sealed class KeyPages(DaosContainer container, ObjectId id, KeyPlace place, byte[] dkey, byte[] akey)
{
    private EnumerationAnchor _anchor;
    private bool _atEnd;

    /// <summary>The keys of the page; the caller may keep them.</summary>
    internal List<ReadOnlyMemory<byte>> Keys { get; } = [];

    /// <summary>The extents of the page.</summary>
    internal List<Recx> Extents { get; } = [];

    /// <summary>Reads the next page; false when there is none.</summary>
    internal async ValueTask<bool> NextAsync(string name, CancellationToken token)
    {
        if (_atEnd)
        {
            return false;
        }

        ClientOperation operation = await container.System.OperationsOf(place.Target).RentAsync(name, token).ConfigureAwait(false);
        ObjectRequests.List(operation.Call, container.Handle, id, place, dkey, akey, in _anchor);
        using DaosValue reply = await operation.Start(name, token).HeldValue.ConfigureAwait(false);
        if (!reply.Exists)
        {
            return false;
        }

        Take(reply.Span, name);
        return true;
    }

    private void Take(ReadOnlySpan<byte> payload, string name)
    {
        if (!EnumerateReply.TryParse(payload, akey.Length != 0, out EnumerateReply page))
        {
            throw new DaosException(DerCode.Protocol, name, id.ToString());
        }

        _anchor = page.Wire.Anchor;
        _atEnd = page.IsEnd;
        Keys.Clear();
        Extents.Clear();
        if (akey.Length != 0)
        {
            foreach (RecxEntry entry in page.Recxs)
            {
                Extents.Add(new Recx(entry.Index, entry.Count));
            }

            return;
        }

        // One array for the page; the keys are slices of it.
        byte[] packed = page.PackedEntries.ToArray();
        ReadOnlySpan<byte> rest = packed;
        while (EnumerateReply.TryTakeKey(ref rest, out ReadOnlySpan<byte> key))
        {
            Keys.Add(packed.AsMemory(packed.Length - rest.Length - key.Length, key.Length));
        }
    }
}
