using System.Text;
using Daos.Fabric.Metadata.Etcd.Watches;
using Daos.Fabric.Metadata.Etcd.Wire;
using Daos.Fabric.Metadata.Etcd.Wire.Responses;

namespace Daos.Fabric.Metadata.Tests.Etcd;

/// <summary>Messages of a watch, cut anywhere.</summary>
public sealed class RevisionGathererTests
{
    private readonly RevisionGatherer _gatherer = new(new EtcdKeys(Encoding.ASCII.GetBytes("/p/")), 5);

    [Fact]
    public void Revision_CutIntoFragments_ComesWholeAndInKeyOrder()
    {
        Assert.Equal(DerCode.Success, _gatherer.Add(Message(true, ("b", 5), ("a", 6))));
        Assert.Equal("5: b", Take());
        Assert.False(_gatherer.HasWhole);
        Assert.Equal(DerCode.Success, _gatherer.Add(Message(true, ("c", 6))));
        Assert.False(_gatherer.HasWhole);
        Assert.Equal(DerCode.Success, _gatherer.Add(Message(false, ("0", 6), ("x", 9))));
        Assert.Equal(["6: 0 a c", "9: x"], new[] { Take(), Take() });
        Assert.Equal(10, _gatherer.Next);
    }

    [Fact]
    public void StreamThatBreaksInTheMiddle_OwesTheRevisionAgain()
    {
        _gatherer.Add(Message(true, ("a", 5), ("b", 6)));
        Assert.Equal(6, _gatherer.Next);
        _gatherer.ForgetBegun();
        _gatherer.Add(Message(false, ("a", 5), ("b", 6), ("c", 6)));
        Assert.Equal(["5: a", "6: b c"], new[] { Take(), Take() });
        Assert.False(_gatherer.HasWhole);
    }

    [Fact]
    public void WhatWasNotOwed_IsLeftOut()
    {
        _gatherer.Add(Message(false, ("a", 4)));
        Assert.False(_gatherer.HasWhole);
        Assert.Equal(5, _gatherer.Next);
    }

    [Fact]
    public void WhatEtcdNeverSends_IsRefused()
    {
        Assert.Equal(DerCode.Protocol, _gatherer.Add(new WatchResponse(false, 0, null, false, [new WatchEvent(null, null)])));
        Assert.Equal(DerCode.Protocol, _gatherer.Add(new WatchResponse(false, 0, null, false, [new WatchEvent(null, Kv("/q/a", 5, 1))])));
        Assert.Equal(DerCode.Protocol, _gatherer.Add(new WatchResponse(false, 0, null, false, [new WatchEvent(null, Kv("/p/", 5, 1))])));
        Assert.Equal(DerCode.Protocol, _gatherer.Add(Message(false, ("a", 7), ("b", 6))));
    }

    [Fact]
    public void RevisionWithoutEnd_IsRefused()
    {
        var message = new WatchResponse(false, 0, null, true, [.. Enumerable.Range(0, 64).Select(i => new WatchEvent(null, Kv($"/p/{i}", 5, 1 << 20)))]);
        Assert.Equal(DerCode.Overflow, _gatherer.Add(message));
    }

    private string Take()
    {
        MetadataChanges changes = _gatherer.Take();
        return $"{changes.Revision}: {string.Join(' ', changes.Changes.Select(c => c.Key.ToString()))}";
    }

    private static WatchResponse Message(bool isFragment, params (string Key, long Revision)[] events) =>
        new(false, 0, null, isFragment, [.. events.Select(e => new WatchEvent(null, Kv($"/p/{e.Key}", e.Revision, 1)))]);

    private static KeyValue Kv(string key, long revision, int bytes) => new(Encoding.ASCII.GetBytes(key), new byte[bytes], revision, revision, 1, 0);
}
