using Daos.Fabric.Core.Errors;
using Daos.Fabric.Metadata;
using Daos.Fabric.Metadata.Etcd;

namespace Daos.Fabric.EtcdRate;

/// <summary>Ours: transactions of the metadata store, each of which happens exactly once whatever becomes of its answer.</summary>
internal sealed class StoreSwapper(Uri endpoint, int callers) : ISwapper
{
    private readonly IMetadataStore _store = EtcdMetadataStore.Open(new EtcdOptions { Endpoints = [endpoint], Prefix = "/rate/store/", TransactionsMax = callers });

    public async ValueTask<long> SwapAsync(string key, long revision, ReadOnlyMemory<byte> value)
    {
        var name = new MetadataKey(key);
        DerResult<MetadataCommit> commit = await _store.CommitAsync(new MetadataTransaction
        {
            When = [MetadataCompare.Unchanged(name, revision)],
            Then = [MetadataOperation.Put(name, value)],
        }).ConfigureAwait(false);
        return commit.IsSuccess && commit.Value.Held
            ? commit.Value.Revision
            : throw new InvalidOperationException($"{key} at {revision}: {commit.Code}");
    }

    public async ValueTask<long> RevisionAsync(string key)
    {
        DerResult<MetadataPage> page = await _store.ReadAsync(MetadataRange.Of(new MetadataKey(key))).ConfigureAwait(false);
        return !page.IsSuccess ? throw new InvalidOperationException($"{key}: {page.Code}") : page.Value.Entries.SingleOrDefault()?.ModRevision ?? 0;
    }

    public ValueTask DisposeAsync() => _store.DisposeAsync();
}
