using Daos.Fabric.Client.Memory;
using Daos.Fabric.Client.Objects;
using Daos.Fabric.Client.Operations;
using Daos.Fabric.Protocol.Objects;

namespace Daos.Fabric.Client.Containers;

/// <summary>Walks the object table of a snapshot on one target, page by page. One thread at a time.</summary>
internal sealed class ObjectPages(DaosContainer container, int target)
{
    private EnumerationAnchor _anchor;
    private ObjectEntry[] _page = [];
    private int _next;
    private bool _atEnd;

    /// <summary>Where the walk stands; null before the first <see cref="AdvanceAsync"/> and behind the last object.</summary>
    internal ObjectEntry? Current { get; private set; }

    /// <summary>The first object of those that several targets stand at, null when all are at their end.</summary>
    internal static ObjectEntry? Lowest(ObjectPages[] targets)
    {
        ObjectEntry? lowest = null;
        foreach (ObjectPages pages in targets)
        {
            if (pages.Current is { } entry && (lowest is null || entry < lowest.Value))
            {
                lowest = entry;
            }
        }

        return lowest;
    }

    /// <summary>Goes to the next object.</summary>
    internal async ValueTask AdvanceAsync(CancellationToken token)
    {
        while (_next == _page.Length && !_atEnd)
        {
            await ReadPageAsync(token).ConfigureAwait(false);
        }

        Current = _next < _page.Length ? _page[_next++] : null;
    }

    private async ValueTask ReadPageAsync(CancellationToken token)
    {
        const string What = "list objects";
        ClientOperation operation = await container.System.OperationsOf(target).RentAsync(What, token).ConfigureAwait(false);
        ObjectRequests.ObjectTable(operation.Call, container.Handle, target, container.Snapshot, in _anchor);
        using DaosValue reply = await operation.Start(What, token).HeldValue.ConfigureAwait(false);
        if (!reply.Exists)
        {
            throw new DaosException(DerCode.Nonexist, What, container.Name, "This is no snapshot, or it was destroyed");
        }

        if (!EnumerateReply.TryParse(reply.Span, isFixed: true, out EnumerateReply page))
        {
            throw new DaosException(DerCode.Protocol, What, container.Name);
        }

        _anchor = page.Wire.Anchor;
        _atEnd = page.IsEnd;
        _page = page.Objects.ToArray();
        _next = 0;
    }
}
