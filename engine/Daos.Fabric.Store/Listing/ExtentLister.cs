using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Visibility;

namespace Daos.Fabric.Store.Listing;

/// <summary>Lists the visible extents of an array, packed as <see cref="ListedExtent"/>. Owned by one xstream.</summary>
internal sealed unsafe class ExtentLister(ObjectStore store, ExtentWindows windows)
{
    private const int WindowsPerCall = 16;

    /// <summary>See <see cref="StoreShard.ListExtents"/>.</summary>
    public DerCode List(
        in ObjectTarget target, KeyBytes akey, in ListRequest request, Span<byte> packed, out ListAnchor next, out ListResult result)
    {
        next = request.Anchor;
        result = default;
        DerCode code = Locate(in target, akey, in request, out ulong found, out VersionStamp hidden, out ReadView view);
        if (code.IsError || next.IsEnd)
        {
            return code;
        }

        if (found == 0)
        {
            next = ListAnchor.End;
            result = new ListResult { DependsOn = view.DependsOn };
            return store.EndRead(DerCode.Success, in target, akey, in view);
        }

        if (packed.Length < ListedExtent.SizeBytes)
        {
            result = new ListResult { Bytes = ListedExtent.SizeBytes, DependsOn = view.DependsOn };
            return DerCode.KeyTooBig;
        }

        bool descends = request.Descending;
        ulong last = descends ? 0 : ObjectLimits.ParityBit;
        ulong at = next.Kind == AnchorKind.Start && descends ? ObjectLimits.ParityBit : Math.Min(next.Prefix, ObjectLimits.ParityBit);
        int countMax = packed.Length / ListedExtent.SizeBytes;
        countMax = request.CountMax > 0 ? Math.Min(countMax, request.CountMax) : countMax;
        int count = 0;
        for (int i = 0; i < WindowsPerCall && count < countMax && at != last && code.IsSuccess; i++)
        {
            code = descends
                ? windows.BuildBack(found, hidden, ref view, at, out ulong edge)
                : windows.BuildFrom(found, hidden, ref view, at, out edge);
            at = code.IsSuccess ? Pack(packed, countMax, ref count, edge, descends) : at;
        }

        next = at == last
            ? ListAnchor.End
            : new ListAnchor { Kind = AnchorKind.BeforeIndex, Prefix = at };
        result = new ListResult
        {
            Count = count,
            Bytes = count * ListedExtent.SizeBytes,
            RecordBytes = store.Memory.Read<KeyRecordDf>(found)->RecordBytes,
            DependsOn = view.DependsOn,
        };
        return store.EndRead(code, in target, akey, in view);
    }

    private DerCode Locate(
        in ObjectTarget target, KeyBytes akey, in ListRequest request, out ulong found, out VersionStamp hidden, out ReadView view)
    {
        found = 0;
        hidden = default;
        view = default;
        DerCode code = store.LocateContainer(target.Container, target.Epoch.Value, out ulong container);
        code = code.IsError ? code : KeyTree.Validate(target.Object.DkeyOrder, target.DkeyLength);
        code = code.IsError ? code : KeyTree.Validate(target.Object.AkeyOrder, akey.Length);
        if (code.IsError || request.Anchor.Kind is not (AnchorKind.Start or AnchorKind.BeforeIndex or AnchorKind.End))
        {
            return code.IsError ? code : DerCode.Invalid;
        }

        view = store.DependentViewOf(in target);
        ulong dkey = store.LocateDkey(container, in target, ref hidden, ref view);
        found = dkey == 0
            ? 0
            : store.LocateAkey(dkey, target.Object.AkeyOrder, akey.Address, akey.Length, ref hidden, ref view);
        if (found == 0 || store.Memory.Read<KeyRecordDf>(found)->Type == AkeyType.Array)
        {
            return DerCode.Success;
        }

        bool isEmpty = store.Memory.Read<KeyRecordDf>(found)->Type == AkeyType.None;
        found = 0;
        return isEmpty ? DerCode.Success : DerCode.Invalid;
    }

    // Returns where to go on: the window's edge, or the first run that did not fit.
    private ulong Pack(Span<byte> packed, int countMax, ref int count, ulong edge, bool descends)
    {
        ReadOnlySpan<ExtentFragment> fragments = windows.Fragments;
        for (int i = 0; i < fragments.Length; i++)
        {
            ExtentFragment fragment = fragments[descends ? fragments.Length - 1 - i : i];
            if (fragment.IsHole)
            {
                continue;
            }

            if (count == countMax)
            {
                return descends ? fragment.End : fragment.Start;
            }

            ulong epoch = store.Memory.Read<ExtentDf>(fragment.Extent)->Epoch;
            MemoryMarshal.Write(
                packed[(count * ListedExtent.SizeBytes)..], new ListedExtent(fragment.Start, fragment.End - fragment.Start, epoch));
            count++;
        }

        return edge;
    }
}
